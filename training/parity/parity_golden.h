// Measures for tests how far a run of ours is from PyTorch's own run of
// parity_case.h, which training/parity/testdata/make_parity_golden.py wrote
// down.
//
// A tensor is stored as a digest: its norm and its products with two vectors of
// a rule. Tensors v of ours and of PyTorch's agree where these three do, each
// within
//
//   Tolerance::relative * |v| + Tolerance::of_scale * scale
//
// with PyTorch's norm |v|. The scale is 0 but for the two kinds of tensors that
// are sums of terms which can cancel to nothing, so that |v| says nothing of
// the terms' rounding:
//   BatchNorm's bias, |weight| of the same layer, which it is added to. Where
//     only sums and poolings separate it from the next BatchNorm, that one
//     subtracts it again in train mode: its gradient is zero in exact
//     arithmetic, and what a run has in it is rounding. So in the last stage of
//     400403 (2e-18 after the first step, 2e-15 after 50), where ours and
//     PyTorch's do not agree in one digit while all else does to 1e-14;
//   BatchNorm's running mean, the norm of its standard deviations: it is zero
//     behind other BatchNorms as long as their biases are.
#ifndef TRAINING_PARITY_PARITY_GOLDEN_H_
#define TRAINING_PARITY_PARITY_GOLDEN_H_

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "nas/base/safetensors.h"
#include "nas/network_plan.h"

namespace robbench {

// The norm of a tensor and its two products, in float64.
std::vector<double> Digest(const at::Tensor& tensor);

// The values of a tensor of the file, float64.
std::vector<double> Golden(const SafetensorsFile& file,
                           const std::string& name);

// How far tensors may be apart; see above.
struct Tolerance {
  double relative;
  double of_scale;
};

// In float64: 1e-9, and 16 units of rounding.
inline constexpr Tolerance kFloat64Parity = {1e-9, 16 * 0x1p-52};

// The largest difference of some tensors in units of their tolerance: they
// agree where it is below 1.
struct Deviation {
  double units = 0;
  std::string tensor;
};

// Sets `largest` to `found` where that is larger. NaN counts as the largest.
void Raise(Deviation& largest, const Deviation& found);

// The tensor of `state` that is furthest from `golden`, the digests of all
// tensors of the plan, [tensors, 3].
Deviation CompareState(const NetworkPlan& plan, const Tolerance& tolerance,
                       const std::vector<at::Tensor>& state,
                       const double* golden);

// Does the same with whole tensors, by the norm of their difference.
Deviation CompareStates(const NetworkPlan& plan, const Tolerance& tolerance,
                        const std::vector<at::Tensor>& state,
                        const std::vector<at::Tensor>& expected);

}  // namespace robbench

#endif  // TRAINING_PARITY_PARITY_GOLDEN_H_
