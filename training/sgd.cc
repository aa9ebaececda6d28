#include "training/sgd.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/add.h>

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
  const bool first = velocity_.empty();
  velocity_.resize(trainable_.size());
  for (size_t i = 0; i < trainable_.size(); ++i) {
    const int p = trainable_[i];
    const at::Tensor direction = at::add(gradients[p], state[p], weight_decay_);
    if (first) {
      velocity_[i] = direction;
    } else {
      velocity_[i].mul_(momentum).add_(direction);
    }
    state[p].sub_(velocity_[i], learning_rate);
  }
}

}  // namespace robbench
