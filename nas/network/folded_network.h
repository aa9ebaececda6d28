// A trained network as an attack sees it: parameters constant, BatchNorm by
// running statistics and folded into the convolution before it, dead layers
// dropped, gradients with respect to the images only.
//
//   FoldedNetwork network(plan, normalizer, state);
//   at::Tensor gradient = network.ImageGradient(
//       images, [&](const at::Tensor& logits, int64_t first) { ... });
//
// Shapes: images [B, C, H, W] in [0, 1], logits [B, classes], of the state's
// type. Images are independent: results do not depend on the batch they are
// in beyond rounding. LibTorch's exceptions pass through.
#ifndef NAS_NETWORK_FOLDED_NETWORK_H_
#define NAS_NETWORK_FOLDED_NETWORK_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "nas/cpu/image_gradient_engine.h"
#include "nas/network/network.h"
#include "nas/network_plan.h"

namespace robbench {

// One layer of the folded network: of the plan, but for BatchNorms after a
// convolution.
struct FoldedStep {
  int layer;
  int output;  // value: of a convolution that of its BatchNorm
  // Convolution [out, in, k, k] and linear [out, in]; the scale of a BatchNorm
  // that no convolution precedes [C].
  at::Tensor weight;
  at::Tensor bias;  // undefined: none
};

struct FoldedNetworkOptions {
  // On the CPU, in float32: run ImageGradientEngine where it can, else
  // LibTorch's operations on the batch. The same function up to rounding.
  bool allow_engine = true;
};

class FoldedNetwork {
 public:
  FoldedNetwork(const NetworkPlan& plan, const Normalizer& normalizer,
                const std::vector<at::Tensor>& state,
                const FoldedNetworkOptions& options = {});

  bool has_engine() const { return engine_ != nullptr; }

  at::Tensor Logits(const at::Tensor& images) const;

  // Gives the gradient of a loss with respect to logits [b, classes] of the
  // images first ... first+b-1 of the batch.
  using LogitGradient =
      std::function<at::Tensor(const at::Tensor& logits, int64_t first)>;

  // Gradient of the loss with respect to the images, [B, C, H, W]. The
  // function is called once for each part of the batch, in order. An image
  // whose logits' gradient is zero costs the engine no backward pass.
  at::Tensor ImageGradient(const at::Tensor& images,
                           const LogitGradient& logit_gradient) const;

 private:
  std::vector<at::Tensor> ForwardValues(const at::Tensor& images) const;
  at::Tensor BackwardValues(const std::vector<at::Tensor>& values,
                            const at::Tensor& logit_gradient) const;
  at::Tensor EngineForward(const at::Tensor& images, at::Tensor& masks) const;
  at::Tensor EngineBackward(const at::Tensor& masks,
                            const at::Tensor& logit_gradient) const;

  NetworkPlan plan_;
  Normalizer normalizer_;
  std::vector<FoldedStep> steps_;
  std::shared_ptr<const ImageGradientEngine> engine_;  // or null
};

}  // namespace robbench

#endif  // NAS_NETWORK_FOLDED_NETWORK_H_
