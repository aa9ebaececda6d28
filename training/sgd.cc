#include "training/sgd.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_sub.h>

#include <cstddef>
#include <utility>

namespace robbench {

Sgd::Sgd(const NetworkPlan& plan, double weight_decay)
    : weight_decay_(weight_decay) {
  for (size_t p = 0; p < plan.parameters.size(); ++p) {
    if (!IsBuffer(plan.parameters[p].kind)) {
      trainable_.push_back(static_cast<int>(p));
    }
  }
}

void Sgd::Step(const std::vector<at::Tensor>& gradients, double learning_rate,
               double momentum, std::vector<at::Tensor>& state) {
  at::NoGradGuard no_graph;
  std::vector<at::Tensor> weights;
  for (int p : trainable_) weights.push_back(state[p]);
  // Operations on lists of tensors run on CUDA as a few kernels for all.
  std::vector<at::Tensor> directions =
      at::_foreach_add(gradients, weights, weight_decay_);
  if (velocity_.empty()) {
    velocity_ = std::move(directions);
  } else {
    at::_foreach_mul_(velocity_, momentum);
    at::_foreach_add_(velocity_, directions);
  }
  at::_foreach_sub_(weights, velocity_, learning_rate);
}

}  // namespace robbench
