// Prints the progress of a long run to standard error, as lines for a person:
//
//   cell 45 110021 seed 0: epoch 2/4 step 31/63 loss 1.2 812 images/s 0:14 left
//
// There is at most one line in two seconds, apart from those that are forced.
#ifndef TRAINING_PROGRESS_H_
#define TRAINING_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace robbench {

// The progress of one run. Nothing of it enters a result.
class ProgressPrinter {
 public:
  // The whole run has `total` units of work (images seen), of which `done` were
  // done before this process began. `prefix` says which run it is.
  ProgressPrinter(std::string prefix, int64_t total, int64_t done = 0);

  // Prints "PREFIX: WHAT N images/s M:SS left" if it is time or if `force` is
  // true. `done` units of the whole run are finished.
  void Report(int64_t done, absl::string_view what, bool force = false);

 private:
  using Clock = std::chrono::steady_clock;

  const std::string prefix_;
  const int64_t total_;
  const int64_t before_;
  const Clock::time_point start_;
  Clock::time_point last_;
};

// Returns "1:05" for 65 seconds, "2:00:00" for two hours.
std::string DurationText(double seconds);

}  // namespace robbench

#endif  // TRAINING_PROGRESS_H_
