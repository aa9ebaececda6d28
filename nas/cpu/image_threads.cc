#include "nas/cpu/image_threads.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace robbench {
namespace {

constexpr int kMostThreads = 256;
std::atomic<int> image_threads{1};

}  // namespace

absl::Status SetImageThreads(int threads) {
  if (threads < 1 || threads > kMostThreads) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--threads: expected 1 to ", kMostThreads, ", found ", threads));
  }
  image_threads = threads;
  return absl::OkStatus();
}

void RunImages(int64_t count, const std::function<void(ImageQueue&)>& work) {
  std::atomic<int64_t> next{0};
  const auto run = [&] {
    ImageQueue queue(next, count);
    work(queue);
  };
  const int64_t parts = (count + ImageQueue::kPart - 1) / ImageQueue::kPart;
  std::vector<std::thread> others(
      std::max<int64_t>(std::min<int64_t>(image_threads, parts) - 1, 0));
  for (std::thread& other : others) other = std::thread(run);
  run();
  for (std::thread& other : others) other.join();
}

}  // namespace robbench
