// Shares out the images of a batch to several threads of the process. This is
// for work in which an image's numbers depend neither on the other images nor
// on the thread, as in the passes of the image gradient engine. So the number
// of threads changes the time of a run and no byte of its results. It is no
// part of the numeric profile, which fixes LibTorch's own threads.
//
//   RunImages(count, [&](ImageQueue& queue) {  // on each thread
//     Workspace workspace = engine.MakeWorkspace();
//     while (std::optional<int64_t> i = queue.Next()) ...;
//   });
#ifndef NAS_CPU_IMAGE_THREADS_H_
#define NAS_CPU_IMAGE_THREADS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"

namespace robbench {

// Sets how many threads RunImages uses in this process from now on: the flag
// --threads of train, evaluate and score. It is 1 without a call.
// InvalidArgument unless `threads` is 1 to 256.
absl::Status SetImageThreads(int threads);

// Hands out the images 0 ... count - 1, each once. A thread gets a few in a row
// and then asks again, so that one whose core is shared takes fewer of them.
class ImageQueue {
 public:
  // A thread's view of the images that all threads share.
  ImageQueue(std::atomic<int64_t>& next, int64_t count)
      : next_(next), count_(count) {}

  // Images in a row: a multiple of what the engine takes at a time
  // (ImageGradientEngine::kGroup).
  static constexpr int64_t kPart = 12;

  // The number of the next image, or nullopt when none is left.
  std::optional<int64_t> Next() {
    if (image_ == end_) {
      image_ = next_.fetch_add(kPart);
      end_ = image_ + kPart;
    }
    if (image_ >= count_) {
      end_ = image_;  // and stay so
      return std::nullopt;
    }
    return image_++;
  }

 private:
  std::atomic<int64_t>& next_;
  const int64_t count_;
  int64_t image_ = 0;
  int64_t end_ = 0;
};

// Runs `work` on every thread, the caller's among them, and returns when all
// are done. Fewer threads run where there are fewer parts than threads.
// Exceptions must not leave `work`, as they would end the program.
void RunImages(int64_t count, const std::function<void(ImageQueue&)>& work);

}  // namespace robbench

#endif  // NAS_CPU_IMAGE_THREADS_H_
