// Progress of a long run on standard error, as lines that a person reads:
//
//   cell 2581 323133 seed 0: epoch 2/4 step 31/63 loss 1.234 812 images/s
//   0:14 left
//
// (one line). At most one line in two seconds, besides the forced ones.
#ifndef TRAINING_PROGRESS_H_
#define TRAINING_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace robbench {

class ProgressPrinter {
 public:
  // `total` units of work (images seen) make the whole run; `done` of them
  // were done before.
  ProgressPrinter(std::string prefix, int64_t total, int64_t done = 0);

  // Prints "PREFIX: WHAT N images/s M:SS left" if it is time or `force`.
  // `done` units are finished.
  void Report(int64_t done, absl::string_view what, bool force = false);

 private:
  using Clock = std::chrono::steady_clock;

  const std::string prefix_;
  const int64_t total_;
  const int64_t before_;
  const Clock::time_point start_;
  Clock::time_point last_;
};

// "1:05" for 65 seconds, "2:00:00" for two hours.
std::string DurationText(double seconds);

}  // namespace robbench

#endif  // TRAINING_PROGRESS_H_
