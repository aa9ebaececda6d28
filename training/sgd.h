// Stochastic gradient descent with momentum and weight decay, as
// torch.optim.SGD: d = gradient + decay * weight; the first step's velocity is
// d itself, then velocity = momentum * velocity + d; weight -= rate * velocity.
#ifndef TRAINING_SGD_H_
#define TRAINING_SGD_H_

#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "nas/network_plan.h"

namespace robbench {

class Sgd {
 public:
  Sgd(const NetworkPlan& plan, double weight_decay);

  // Positions in plan.parameters of the parameters that are trained:
  // BatchNorm's too, buffers not.
  const std::vector<int>& trainable() const { return trainable_; }

  // Moves them in place; `gradients` has one for each of trainable().
  void Step(const std::vector<at::Tensor>& gradients, double learning_rate,
            double momentum, std::vector<at::Tensor>& state);

  // One of each of trainable(); none before the first step.
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
