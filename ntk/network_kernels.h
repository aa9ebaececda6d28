// Computes all kernels of one network that a spec asks for: it attacks the
// images, forms the kernels of their gradients, and mixes them (paper, sections
// 4 and 5).
//
// x~ = A(x) is an adversarial example of x at one epsilon, x^ = A(x~) one of
// x~: a second whole attack around x~, not one of twice the radius.
//
//   kClean        K     <g(x_i), g(x_j)>
//   kCross        Kbar  <g(x_i), g(x~_j)>, not symmetric
//   kRobust       K~    <g(x~_i), g(x~_j)>
//   kCrossTwice         <g(x~_i), g(x^_j)>
//   kRobustTwice        <g(x^_i), g(x^_j)>
//   kMixed        K_all(b)  = (1-b)^2 K + b(1-b)(Kbar + Kbar^T) + b^2 K~
//   kMixedTwice   K~_all(b), the same of K~ and the twice kernels
//
// Each set of images, clean, x~ and x^ at every epsilon, goes through the
// network once; mixtures cost nothing more.
#ifndef NTK_NETWORK_KERNELS_H_
#define NTK_NETWORK_KERNELS_H_

#include <ATen/core/Tensor.h>

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nas/network/backend_choice.h"
#include "nas/network/normalizer.h"
#include "nas/network_plan.h"
#include "ntk/gradients/gradient_kernel.h"
#include "ntk/ntk.pb.h"

namespace robbench {

// One kernel and what it is.
struct NetworkKernel {
  std::string name;  // KernelScore.kernel
  KernelScore::Kind kind = KernelScore::CLEAN;
  std::optional<double> epsilon;  // in units of 1/255; none for CLEAN
  std::optional<double> mix;
  Eigen::MatrixXd matrix;  // a cross kernel as it is, not symmetrised
};

// What a kernel is computed of.
struct KernelImages {
  at::Tensor images;             // [N, image_channels, H, W] in [0, 1]
  at::Tensor labels;             // int64 [N]
  std::vector<int64_t> samples;  // positions, which name the attack's streams
  uint32_t seed = 0;             // of the attack's starts
};

// Returns `state` with running statistics replaced by those that `images` give
// in train mode, with the biased variance. So in eval mode the network computes
// for these images what it computes in train mode.
std::vector<at::Tensor> CalibratedState(const NetworkPlan& plan,
                                        const Normalizer& normalizer,
                                        const std::vector<at::Tensor>& state,
                                        const at::Tensor& images);

// The sets of images that a spec's kernels are of: clean, then for each epsilon
// x~ and, with `twice`, x^; and the state that they go through. Type and device
// are the state's (float32, float64).
struct KernelSets {
  std::vector<at::Tensor> state;  // with running statistics as attacked
  std::vector<ImageSet> sets;
};

// Makes the sets of images by attacking them. `spec` must have passed
// CheckNtkSpec (ntk_spec.h). LibTorch's exceptions pass through.
KernelSets AttackImages(const NetworkPlan& plan, const Normalizer& normalizer,
                        const std::vector<at::Tensor>& state,
                        const KernelImages& images, const NtkSpec& spec,
                        BackendChoice backend = BackendChoice::kAuto);

// Computes the kernels in this order: clean; then for each epsilon cross,
// robust, cross_twice, robust_twice, the mixtures, the twice mixtures. `sets`
// come from AttackImages with the same spec, `labels` are int64 [N]. Errors are
// those of GradientKernels. LibTorch's exceptions pass through.
absl::StatusOr<std::vector<NetworkKernel>> NetworkKernels(
    const NetworkPlan& plan, const Normalizer& normalizer,
    const KernelSets& sets, const at::Tensor& labels, const NtkSpec& spec,
    BackendChoice backend = BackendChoice::kAuto);

}  // namespace robbench

#endif  // NTK_NETWORK_KERNELS_H_
