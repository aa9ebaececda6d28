// Neural tangent kernels of a network: Gram matrices of gradients per image
// (paper, section 5).
//
// With g(x) the gradient of a scalar output in all weights, x_i the images and
// x~_i an adversarial example of each,
//
//   clean  K_ij = <g(x_i), g(x_j)>          pair (0, 0)
//   cross  Kbar_ij = <g(x_i), g(x~_j)>      pair (0, 1), not symmetric
//   robust K~_ij = <g(x~_i), g(x~_j)>       pair (1, 1)
//
//   ROBBENCH_ASSIGN_OR_RETURN(
//       std::vector<at::Tensor> kernels,
//       GradientKernels(plan, normalizer, state, {images, adversarial},
//                       logit_gradients, {{0, 0}, {0, 1}, {1, 1}}));
//
// The scalar is <logit_gradients[i], logits(x_i)>: ones give the sum of the
// logits, a row of the identity gives one class. BatchNorm runs on the
// running statistics of `state`, whatever they are.
//
// All sets go through one forward and one backward pass together. Gradients
// have the state's type; their products are formed and summed in float64, so
// that a kernel of float32 gradients is positive semi-definite to float64
// rounding. Memory: activations of all images (sample_gradients.h) and the
// gradients of one layer.
#ifndef NTK_GRADIENT_KERNEL_H_
#define NTK_GRADIENT_KERNEL_H_

#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "nas/network.h"
#include "nas/network_plan.h"

namespace robbench {

// Two positions among the sets of images.
using KernelPair = std::pair<int, int>;

// Each set is [N, image_channels, H, W] in [0, 1], with one N for all;
// `logit_gradients` [N, classes], the same for every set. Gives one float64
// tensor [N, N] on the CPU per pair: K_ij = <g(first_i), g(second_j)>. A
// kernel of equal positions is exactly symmetric. FailedPrecondition naming
// parameter, set and image when a gradient is not finite. LibTorch's
// exceptions pass through.
absl::StatusOr<std::vector<at::Tensor>> GradientKernels(
    const NetworkPlan& plan, const Normalizer& normalizer,
    const std::vector<at::Tensor>& state,
    const std::vector<at::Tensor>& image_sets,
    const at::Tensor& logit_gradients, const std::vector<KernelPair>& pairs);

}  // namespace robbench

#endif  // NTK_GRADIENT_KERNEL_H_
