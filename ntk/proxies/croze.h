// CRoZe (Ha, Kim, Hwang: "Generalizable lightweight proxy for robust NAS
// against diverse perturbations", NeurIPS 2023): consistency of features,
// parameters and gradients between the network on clean images and a network
// whose weights are moved up the loss, on perturbed images,
//
//   sum over layers of (1 + cos(z, z')) (1 + cos(w, w')) |cos(g, g')|
//   w' = w + 2 (|w| / |dL/dw|) dL/dw
//
// z, z' a layer's outputs on all images, before BatchNorm; g, g' the gradients
// of the batch's mean cross-entropy at w on clean and at w' on perturbed
// images. Without units. What the paper and its program leave open or say
// differently:
// - Perturbed images are the attack's of the spec; the program has FGSM of
//   epsilon 0.01 on the moved network.
// - Weights keep their signs and BatchNorm its statistics of the batch; the
//   program takes absolute weights without BatchNorm, which the paper does not
//   mention.
// - One cosine a layer; the program sums cosines over the outputs' positions.
// - The parameters are those before a step of descent, as in the program; the
//   paper has them after one. The factor 2 is the program's too.
// - Layers without a gradient, as dead ones, add nothing.
#ifndef NTK_PROXIES_CROZE_H_
#define NTK_PROXIES_CROZE_H_

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <cmath>
#include <vector>

#include "nas/network_plan.h"
#include "ntk/proxies/network_pass.h"

namespace robbench {
namespace internal {

// The cosine of the angle between two tensors as vectors.
inline double Cosine(const at::Tensor& a, const at::Tensor& b) {
  return Sum(a.to(at::kDouble) * b.to(at::kDouble)) / (Norm(a) * Norm(b));
}

}  // namespace internal

// `clean` is the pass of the clean images, backward too; `attacked` are the
// perturbed images [N, C, H, W] and `labels` int64 [N].
inline double Croze(const NetworkPass& clean, const at::Tensor& attacked,
                    const at::Tensor& labels) {
  constexpr double kFactor = 2;
  const NetworkPlan& plan = clean.network.plan;
  std::vector<at::Tensor> state = clean.network.state;
  std::vector<int> moved;
  for (const int p : WeightPositions(plan)) {
    const at::Tensor& gradient = clean.gradients.parameters[p];
    const double norm = Norm(gradient);
    if (norm == 0) continue;
    state[p] = state[p] + gradient * (kFactor * Norm(state[p]) / norm);
    moved.push_back(p);
  }
  const UntrainedNetwork network{plan, clean.network.normalizer, state};
  NetworkPass other = RunForward(network, attacked);
  RunBackward(other, labels);
  double score = 0;
  for (const int p : moved) {
    const at::Tensor& gradient = other.gradients.parameters[p];
    if (Norm(gradient) == 0) continue;
    const int output = plan.layers[plan.parameters[p].layer].output;
    score +=
        (1 + internal::Cosine(clean.trace.values[output],
                              other.trace.values[output])) *
        (1 + internal::Cosine(clean.network.state[p], state[p])) *
        std::abs(internal::Cosine(clean.gradients.parameters[p], gradient));
  }
  return score;
}

}  // namespace robbench

#endif  // NTK_PROXIES_CROZE_H_
