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
//       GradientKernels(plan, normalizer, state,
//                       {{"clean", images}, {"robust", adversarial}}, labels,
//                       {{0, 0}, {0, 1}, {1, 1}}));
//
// Each set goes through the network once for every scalar, whatever the number
// of pairs. Gradients have the state's type; their products are formed and
// summed in float64, so that a kernel of float32 gradients is positive
// semi-definite to float64 rounding.
//
// Memory: the gradients of a set, by the engine or with batch statistics, are
// held as long as a pair needs them. For the pairs of network_kernels.h these
// are three sets at most, up to 5.9 MB for each image and set in the paper's
// skeleton (cell 333333), or 1.1 GB for 64 images. Otherwise the activations of
// all images are held (sample_gradients.h).
#ifndef NTK_GRADIENTS_GRADIENT_KERNEL_H_
#define NTK_GRADIENTS_GRADIENT_KERNEL_H_

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nas/network/backend_choice.h"
#include "nas/network/normalizer.h"
#include "nas/network_plan.h"
#include "ntk/gradients/scalar_output.h"

namespace robbench {

// Two positions among the sets of images.
using KernelPair = std::pair<int, int>;

// Images that go through the network together.
struct ImageSet {
  std::string name;   // for messages
  at::Tensor images;  // [N, image_channels, H, W] in [0, 1]
};

// Which gradients make the kernel, and who computes them.
struct GradientKernelOptions {
  ScalarOutput scalar;
  // Takes only tensors named ".weight": those of convolutions, BatchNorm and
  // classifier.
  bool weights_only = false;
  // BatchNorm by the statistics of the set that goes through; an image's
  // gradient then holds its influence on the others through them (one
  // backward pass of the set for each image). Otherwise by the running
  // statistics of `state`, whatever they are.
  bool batch_statistics = false;
  // kAuto takes SampleGradientEngine where it can run, which is on the CPU in
  // float32, else LibTorch's operations; kCheck takes both and compares them.
  BackendChoice backend = BackendChoice::kAuto;
};

// Compares the kernels of an engine with the reference's, both by pair. Returns
// Internal, naming the sets, where a kernel's Frobenius distance from the
// reference is more than 1/1000 of the reference's norm.
absl::Status CompareKernels(const std::vector<ImageSet>& sets,
                            const std::vector<KernelPair>& pairs,
                            const std::vector<at::Tensor>& found,
                            const std::vector<at::Tensor>& expected);

// Computes one kernel for each pair, K_ij = <g(first_i), g(second_j)>, as a
// float64 tensor [N, N] on the CPU. All sets have N images, with the same
// `labels`, int64 [N]. The kernel of a pair of equal positions is exactly
// symmetric. Where the logits do not depend on the image, kernels still count
// the gradients of the classifier. FailedPrecondition, naming parameter, set
// and image, when a gradient is not finite. LibTorch's exceptions pass through.
absl::StatusOr<std::vector<at::Tensor>> GradientKernels(
    const NetworkPlan& plan, const Normalizer& normalizer,
    const std::vector<at::Tensor>& state, const std::vector<ImageSet>& sets,
    const at::Tensor& labels, const std::vector<KernelPair>& pairs,
    const GradientKernelOptions& options = {});

}  // namespace robbench

#endif  // NTK_GRADIENTS_GRADIENT_KERNEL_H_
