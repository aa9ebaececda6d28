// Stochastic gradient descent with momentum and weight decay, as
// torch.optim.SGD does it without Nesterov's momentum:
//
//   d        = gradient + decay * weight
//   velocity = momentum * velocity + d       (at the first step d itself)
//   weight   = weight - rate * velocity
#ifndef TRAINING_SGD_H_
#define TRAINING_SGD_H_

#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "nas/network_plan.h"

namespace robbench {

// The optimiser of one run. It owns the velocities.
class Sgd {
 public:
  Sgd(const NetworkPlan& plan, double weight_decay);

  // The positions in plan.parameters of the parameters that are trained, which
  // are all but the buffers.
  const std::vector<int>& trainable() const { return trainable_; }

  // Moves the trainable tensors of `state` in place. `gradients` has one tensor
  // for each of trainable().
  void Step(const std::vector<at::Tensor>& gradients, double learning_rate,
            double momentum, std::vector<at::Tensor>& state);

  // One velocity for each of trainable(); none before the first step.
  const std::vector<at::Tensor>& velocity() const { return velocity_; }
  void SetVelocity(std::vector<at::Tensor> velocity) {
    velocity_ = std::move(velocity);
  }

 private:
  std::vector<int> trainable_;
  double weight_decay_;
  std::vector<at::Tensor> velocity_;
};

}  // namespace robbench

#endif  // TRAINING_SGD_H_
