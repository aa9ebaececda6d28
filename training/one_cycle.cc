#include "training/one_cycle.h"

#include <cmath>
#include <numbers>

namespace robbench {
namespace {

double CosineBetween(double from, double to, double share) {
  return to + (from - to) / 2.0 * (std::cos(std::numbers::pi * share) + 1);
}

}  // namespace

double OneCycleSchedule::At(int64_t step, double start, double peak,
                            double end) const {
  // The peak may lie between two steps, as in PyTorch.
  const double peak_step =
      options_.rise_share * static_cast<double>(total_steps_) - 1;
  const double last_step = static_cast<double>(total_steps_ - 1);
  const double at = static_cast<double>(step);
  if (peak_step > 0 && at <= peak_step) {
    return CosineBetween(start, peak, at / peak_step);
  }
  const double from = peak_step > 0 ? peak_step : 0;
  if (last_step <= from) return peak;
  return CosineBetween(peak, end, (at - from) / (last_step - from));
}

double OneCycleSchedule::LearningRate(int64_t step) const {
  const double start = options_.max_learning_rate / options_.start_divisor;
  return At(step, start, options_.max_learning_rate,
            start / options_.end_divisor);
}

double OneCycleSchedule::Momentum(int64_t step) const {
  return At(step, options_.max_momentum, options_.min_momentum,
            options_.max_momentum);
}

}  // namespace robbench
