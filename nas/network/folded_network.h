// A trained network as an attack sees it: parameters constant, BatchNorm by
// running statistics, gradients with respect to the images only.
//
//   const std::unique_ptr<FoldedNetwork> network =
//       CpuBackend().MakeFoldedNetwork(plan, normalizer, state);  // backend.h
//   at::Tensor gradient = network->ImageGradient(
//       images, [&](const at::Tensor& logits) { ... });
//
// Shapes are images [B, C, H, W] in [0, 1] and logits [B, classes], of the
// state's type and on its device. Images are independent: up to rounding, an
// image's results do not depend on the batch that it is in. LibTorch's
// exceptions pass through.
#ifndef NAS_NETWORK_FOLDED_NETWORK_H_
#define NAS_NETWORK_FOLDED_NETWORK_H_

#include <ATen/core/Tensor.h>

#include <functional>

namespace robbench {

class FoldedNetwork {
 public:
  FoldedNetwork() = default;
  FoldedNetwork(const FoldedNetwork&) = delete;
  virtual ~FoldedNetwork() = default;

  // The logits of the images.
  virtual at::Tensor Logits(const at::Tensor& images) const = 0;

  // A function that returns the gradient of a loss with respect to the logits
  // [B, classes].
  using LogitGradient = std::function<at::Tensor(const at::Tensor& logits)>;

  // The gradient of the loss with respect to the images, [B, C, H, W]. The
  // function is called once. An image whose logits' gradient is zero has
  // gradient zero, and may cost no backward pass. In a network whose logits do
  // not depend on the image, all gradients are zero.
  virtual at::Tensor ImageGradient(
      const at::Tensor& images, const LogitGradient& logit_gradient) const = 0;
};

}  // namespace robbench

#endif  // NAS_NETWORK_FOLDED_NETWORK_H_
