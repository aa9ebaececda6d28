// The OneCycle schedule (Smith, Topin: "Super-convergence", 2017) in the form
// of PyTorch's OneCycleLR: cosine rise and fall of the learning rate, one step
// an iteration, and momentum cycling inversely. No LibTorch.
#ifndef TRAINING_ONE_CYCLE_H_
#define TRAINING_ONE_CYCLE_H_

#include <cstdint>

namespace robbench {

struct OneCycleOptions {
  double max_learning_rate = 0.1;
  double start_divisor = 25;   // start = max / start_divisor
  double end_divisor = 1e4;    // end = start / end_divisor
  double rise_share = 0.3;     // of all steps
  double max_momentum = 0.95;  // at start and end
  double min_momentum = 0.85;  // at the peak
};

class OneCycleSchedule {
 public:
  // total_steps >= 1. A rise of at most one step is left out: the schedule
  // then starts at the peak.
  OneCycleSchedule(const OneCycleOptions& options, int64_t total_steps)
      : options_(options), total_steps_(total_steps) {}

  // Of step 0 ... total_steps-1.
  double LearningRate(int64_t step) const;
  double Momentum(int64_t step) const;

 private:
  // Value at `step` of a quantity that goes start, peak, end.
  double At(int64_t step, double start, double peak, double end) const;

  OneCycleOptions options_;
  int64_t total_steps_;
};

}  // namespace robbench

#endif  // TRAINING_ONE_CYCLE_H_
