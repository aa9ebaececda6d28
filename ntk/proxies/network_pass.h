// What the scores of a batch share: a forward and a backward pass of the
// untrained network over a batch of images, with BatchNorm by that batch's
// statistics.
//
// A score's "weights" are those of the convolutions and of the classifier,
// dead ones included, whose gradient is zero; BatchNorm's parameters and biases
// are left out. So do Abdelfattah, Mehrotra, Dudziak, Lane: "Zero-cost proxies
// for lightweight NAS", ICLR 2021, in their program, and those who build on it.
//
// LibTorch's exceptions pass through. This and the scores' headers are included
// by image_scores.cc, which is compiled once for all.
#ifndef NTK_PROXIES_NETWORK_PASS_H_
#define NTK_PROXIES_NETWORK_PASS_H_

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/ones_like.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "nas/network/network.h"
#include "nas/network/normalizer.h"
#include "nas/network_plan.h"
#include "training/attack/cross_entropy.h"

namespace robbench {

// An untrained network; refers to what outlives it.
struct UntrainedNetwork {
  const NetworkPlan& plan;
  const Normalizer& normalizer;
  const std::vector<at::Tensor>& state;
};

// A pass over one batch; refers to the network.
struct NetworkPass {
  const UntrainedNetwork& network;
  Trace trace;          // of the images, in train mode
  Gradients gradients;  // of the mean cross-entropy, once RunBackward ran
};

// Positions of the scores' weights among the plan's parameters.
inline std::vector<int> WeightPositions(const NetworkPlan& plan) {
  std::vector<int> positions;
  for (size_t p = 0; p < plan.parameters.size(); ++p) {
    const ParameterKind kind = plan.parameters[p].kind;
    if (kind == ParameterKind::kConvolutionWeight ||
        kind == ParameterKind::kLinearWeight) {
      positions.push_back(static_cast<int>(p));
    }
  }
  return positions;
}

// Runs `images` [N, C, H, W] in [0, 1] forward in train mode.
inline NetworkPass RunForward(const UntrainedNetwork& network,
                              const at::Tensor& images) {
  return {network,
          Forward(network.plan, network.normalizer, network.state, images,
                  NetworkMode::kTrain),
          {}};
}

// Computes pass.gradients, of the mean cross-entropy with `labels`, int64 [N].
// With `keep_values` it keeps the gradients of values too, which Fisher reads.
inline void RunBackward(NetworkPass& pass, const at::Tensor& labels,
                        bool keep_values = false) {
  const at::Tensor logit_gradient =
      CrossEntropyGradient(pass.trace.logits(), labels) /
      static_cast<double>(labels.size(0));
  pass.gradients =
      Backward(pass.network.plan, pass.network.normalizer, pass.network.state,
               pass.trace, logit_gradient, {.keep_values = keep_values});
}

// Returns only the gradients by parameter of the mean cross-entropy.
inline std::vector<at::Tensor> LossGradients(const UntrainedNetwork& network,
                                             const at::Tensor& images,
                                             const at::Tensor& labels) {
  NetworkPass pass = RunForward(network, images);
  RunBackward(pass, labels);
  return std::move(pass.gradients.parameters);
}

// The gradient of the sum of an image's logits with respect to the normalised
// image, flat: [images, pixels], in float64. Images meet in BatchNorm's
// statistics, so it is that of all images' logits. Zero for a dead cell.
inline at::Tensor InputJacobian(const NetworkPass& pass) {
  const Gradients gradients = Backward(
      pass.network.plan, pass.network.normalizer, pass.network.state,
      pass.trace, at::ones_like(pass.trace.logits()), {.parameters = false});
  const at::Tensor jacobian = gradients.values[0].to(at::kDouble).contiguous();
  const std::vector<double>& deviations =
      pass.network.normalizer.standard_deviation;
  for (size_t c = 0; c < deviations.size(); ++c) {
    jacobian.select(1, static_cast<int64_t>(c)).mul_(deviations[c] / 255);
  }
  return jacobian.view({jacobian.size(0), -1});
}

// The sum of a tensor's numbers, added in float64.
inline double Sum(const at::Tensor& tensor) {
  return tensor.sum(at::kDouble).item<double>();
}

// The Euclidean norm of a tensor's numbers, in float64.
inline double Norm(const at::Tensor& tensor) {
  return tensor.to(at::kDouble).norm().item<double>();
}

}  // namespace robbench

#endif  // NTK_PROXIES_NETWORK_PASS_H_
