// The OneCycle schedule (Smith, Topin: "Super-convergence", 2017) in the form
// of PyTorch's OneCycleLR: the learning rate rises and falls by cosines, one
// step an iteration, and the momentum falls while it rises.
#ifndef TRAINING_ONE_CYCLE_H_
#define TRAINING_ONE_CYCLE_H_

#include <cstdint>

namespace robbench {

// The defaults are the paper's (section 3).
struct OneCycleOptions {
  double max_learning_rate = 0.1;
  double start_divisor = 25;   // start = max / start_divisor
  double end_divisor = 1e4;    // end = start / end_divisor
  double rise_share = 0.3;     // of all steps
  double max_momentum = 0.95;  // at start and end
  double min_momentum = 0.85;  // at the peak
};

// The schedule of a run of `total_steps` steps.
class OneCycleSchedule {
 public:
  // total_steps >= 1. A rise of at most one step is left out, so that the
  // schedule then starts at the peak.
  OneCycleSchedule(const OneCycleOptions& options, int64_t total_steps)
      : options_(options), total_steps_(total_steps) {}

  // The value for the step number `step`, 0 ... total_steps-1.
  double LearningRate(int64_t step) const;
  double Momentum(int64_t step) const;

 private:
  // The value at `step` of a quantity that goes from start to peak to end.
  double At(int64_t step, double start, double peak, double end) const;

  OneCycleOptions options_;
  int64_t total_steps_;
};

}  // namespace robbench

#endif  // TRAINING_ONE_CYCLE_H_
