// SynFlow (Tanaka, Kunin, Yamins, Ganguli: "Pruning neural networks without any
// data by iteratively conserving synaptic flow", NeurIPS 2020; as a score:
// Abdelfattah, Mehrotra, Dudziak, Lane, ICLR 2021):
//
//   sum over weights of |w| dR/d|w|,  R the summed logits of an image of ones
//   through the network of absolute weights
//
// There is no BatchNorm, as in the program of Abdelfattah et al., because it
// would turn the flow that the score is about into one of mean 0 and variance
// 1. The image of ones takes the place of the normalised image. The score needs
// no images of a data set and has no unit. It is computed in float64, as 45
// layers of 64 channels exceed float32. Paths multiply, so compare its
// logarithm or its rank.
#ifndef NTK_PROXIES_SYNFLOW_H_
#define NTK_PROXIES_SYNFLOW_H_

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>

#include <cstddef>
#include <vector>

#include "nas/network/network.h"
#include "nas/network/network_constants.h"
#include "nas/network/normalizer.h"
#include "nas/network_plan.h"
#include "ntk/proxies/network_pass.h"

namespace robbench {

// A normaliser that leaves the image as it is.
inline Normalizer IdentityNormalizer(int channels) {
  return {std::vector<double>(channels, 0), std::vector<double>(channels, 255)};
}

// Only the network's convolutions and classifier are read.
inline double Synflow(const UntrainedNetwork& network) {
  const NetworkPlan& plan = network.plan;
  std::vector<at::Tensor> state;
  for (size_t p = 0; p < plan.parameters.size(); ++p) {
    const at::Tensor tensor = network.state[p].to(at::kDouble);
    switch (plan.parameters[p].kind) {
      case ParameterKind::kConvolutionWeight:
      case ParameterKind::kLinearWeight:
      case ParameterKind::kLinearBias:
        state.push_back(tensor.abs());
        break;
      case ParameterKind::kBatchNormBias:
      case ParameterKind::kRunningMean:
        state.push_back(at::zeros_like(tensor));
        break;
      case ParameterKind::kBatchNormWeight:
        state.push_back(at::ones_like(tensor));
        break;
      case ParameterKind::kRunningVariance:
        state.push_back(at::ones_like(tensor) - kBatchNormEpsilon);
        break;
    }
  }
  const Normalizer identity = IdentityNormalizer(plan.size.image_channels);
  const at::Tensor ones = at::ones(
      {1, plan.size.image_channels, plan.size.image_size, plan.size.image_size},
      state.front().options());
  const Trace trace = Forward(plan, identity, state, ones, NetworkMode::kEval);
  const Gradients gradients =
      Backward(plan, identity, state, trace, at::ones_like(trace.logits()));
  double sum = 0;
  for (const int p : WeightPositions(plan)) {
    sum += Sum(state[p] * gradients.parameters[p]);
  }
  return sum;
}

}  // namespace robbench

#endif  // NTK_PROXIES_SYNFLOW_H_
