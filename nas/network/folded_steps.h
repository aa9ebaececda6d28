// Folds BatchNorm by running statistics into the convolutions before it, with
// LibTorch. These are the numbers that every backend's FoldedNetwork starts
// from: conv(x) * scale + shift is a convolution with other weights and a bias.
#ifndef NAS_NETWORK_FOLDED_STEPS_H_
#define NAS_NETWORK_FOLDED_STEPS_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "nas/network_plan.h"

namespace robbench {

// One live layer of the plan. BatchNorms after a convolution have no step of
// their own.
struct FoldedStep {
  int layer;
  // The value that it writes; of a convolution that of the BatchNorm after it.
  int output;
  // Of a convolution [out, in, k, k], of a linear layer [out, in], of a
  // BatchNorm that no convolution precedes its scale [C]. Undefined for other
  // layers.
  at::Tensor weight;
  at::Tensor bias;  // [out] or [C]; undefined where there is none
};

// Returns the steps in order of evaluation. Tensors have the state's type and
// device; those that folding leaves as they are share the state's memory.
std::vector<FoldedStep> Fold(const NetworkPlan& plan,
                             const std::vector<at::Tensor>& state);

}  // namespace robbench

#endif  // NAS_NETWORK_FOLDED_STEPS_H_
