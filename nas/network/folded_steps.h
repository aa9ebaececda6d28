// BatchNorm by running statistics, folded into the convolutions before it, with
// LibTorch: the numbers that every backend's FoldedNetwork starts from.
#ifndef NAS_NETWORK_FOLDED_STEPS_H_
#define NAS_NETWORK_FOLDED_STEPS_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "nas/network_plan.h"

namespace robbench {

// A live layer of the plan, but for BatchNorms after a convolution.
struct FoldedStep {
  int layer;
  int output;  // value: of a convolution that of its BatchNorm
  // Convolution [out, in, k, k] and linear [out, in]; the scale of a BatchNorm
  // that no convolution precedes [C].
  at::Tensor weight;
  at::Tensor bias;  // undefined: none
};

// In order of evaluation. Tensors have the state's type and device.
std::vector<FoldedStep> Fold(const NetworkPlan& plan,
                             const std::vector<at::Tensor>& state);

}  // namespace robbench

#endif  // NAS_NETWORK_FOLDED_STEPS_H_
