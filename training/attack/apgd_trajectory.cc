#include "training/attack/apgd_trajectory.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>

namespace robbench {
namespace {

at::Tensor OfImages(const at::Tensor& values) {
  return values.view({-1, 1, 1, 1});
}

int ShareOf(double share, int steps) {
  return std::max(static_cast<int>(share * steps), 1);
}

}  // namespace

at::Tensor ApgdStart(const at::Tensor& images, const at::Tensor& noise,
                     double epsilon) {
  const at::Tensor largest = noise.abs().amax({1, 2, 3}, /*keepdim=*/true);
  return (images + noise / largest * epsilon).clamp_(0, 1);
}

ApgdTrajectory::ApgdTrajectory(const at::Tensor& images,
                               const at::Tensor& start, double epsilon,
                               int steps)
    : lower_((images - epsilon).clamp_min_(0)),
      upper_((images + epsilon).clamp_max_(1)),
      iterate_(start),
      previous_iterate_(start),
      step_size_(at::full({images.size(0)}, 2 * epsilon, images.options())),
      period_(ShareOf(0.22, steps)),
      period_decrement_(ShareOf(0.03, steps)),
      shortest_period_(ShareOf(0.06, steps)) {}

void ApgdTrajectory::Observe(const at::Tensor& loss,
                             const at::Tensor& gradient) {
  gradient_ = gradient;
  if (observed_++ == 0) {
    best_ = iterate_;
    best_gradient_ = gradient;
    best_loss_ = loss;
    previous_loss_ = at::zeros_like(loss);
    rises_ = at::zeros_like(loss);
    best_loss_at_check_ = loss;
    halved_at_check_ = at::ones_like(loss, at::kBool);
    return;
  }
  rises_ = rises_ + loss.gt(previous_loss_);
  previous_loss_ = loss;
  const at::Tensor better = loss.gt(best_loss_);
  best_ = at::where(OfImages(better), iterate_, best_);
  best_gradient_ = at::where(OfImages(better), gradient, best_gradient_);
  best_loss_ = at::where(better, loss, best_loss_);
  if (++since_check_ == period_) Check();
}

void ApgdTrajectory::Check() {
  const at::Tensor few_rises = rises_.le(0.75 * period_);
  const at::Tensor stuck = halved_at_check_.logical_not().logical_and_(
      best_loss_at_check_.ge(best_loss_));
  const at::Tensor halve = few_rises.logical_or(stuck);
  step_size_ = at::where(halve, step_size_ / 2, step_size_);
  iterate_ = at::where(OfImages(halve), best_, iterate_);
  gradient_ = at::where(OfImages(halve), best_gradient_, gradient_);
  halved_at_check_ = halve;
  best_loss_at_check_ = best_loss_;
  rises_ = at::zeros_like(rises_);
  since_check_ = 0;
  period_ = std::max(period_ - period_decrement_, shortest_period_);
}

void ApgdTrajectory::Move() {
  const auto project = [this](const at::Tensor& x) {
    return at::minimum(at::maximum(x, lower_), upper_);
  };
  at::Tensor next =
      project(gradient_.sign().mul_(OfImages(step_size_)).add_(iterate_));
  if (moved_) {
    next = project(iterate_ + (next - iterate_) * 0.75 +
                   (iterate_ - previous_iterate_) * 0.25);
  }
  moved_ = true;
  previous_iterate_ = iterate_;
  iterate_ = next;
}

void ApgdTrajectory::Keep(const at::Tensor& index) {
  for (at::Tensor* tensor :
       {&lower_, &upper_, &iterate_, &previous_iterate_, &gradient_, &best_,
        &best_gradient_, &best_loss_, &step_size_, &previous_loss_, &rises_,
        &best_loss_at_check_, &halved_at_check_}) {
    if (tensor->defined()) *tensor = tensor->index_select(0, index);
  }
}

}  // namespace robbench
