// Several threads of one process for the images of a batch, where an image's
// numbers depend neither on the other images nor on the thread: the image
// gradient engine's passes. So the number of threads changes the time of a run
// and no byte of its results, and is no part of the numeric profile, which
// fixes LibTorch's own threads.
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

// The flag --threads of train and evaluate: how many threads RunImages uses in
// this process from now on; 1 without a call. InvalidArgument unless 1 to 256.
absl::Status SetImageThreads(int threads);

// Hands out the images 0 ... count - 1, to each thread a few in a row, so that
// one whose core is shared takes fewer of them.
class ImageQueue {
 public:
  // A thread's view of the images that all threads share.
  ImageQueue(std::atomic<int64_t>& next, int64_t count)
      : next_(next), count_(count) {}

  // Images in a row: a multiple of what the engine takes at a time.
  static constexpr int64_t kPart = 12;

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

// Runs `work` on every thread and returns when all are done.
void RunImages(int64_t count, const std::function<void(ImageQueue&)>& work);

}  // namespace robbench

#endif  // NAS_CPU_IMAGE_THREADS_H_
