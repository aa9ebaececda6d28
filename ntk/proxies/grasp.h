// GraSP (Wang, Zhang, Grosse: "Picking winning tickets before training by
// preserving gradient flow", ICLR 2020; as a score, with this sign:
// Abdelfattah, Mehrotra, Dudziak, Lane, ICLR 2021):
//
//   -sum over weights of w (H g)
//
// where g is the gradient of the batch's mean cross-entropy and H its Hessian,
// both in the weights alone (network_pass.h). The unit is nats. A positive
// score says that a step of descent along the loss makes the gradient smaller.
//
// No other score needs a second derivative, so this one uses LibTorch's
// autograd twice, on a network that is written out for it below. H g is the
// gradient of <g, stop(g)>, whose second factor is held constant. Dead layers
// add nothing, as their gradients are zero.
#ifndef NTK_PROXIES_GRASP_H_
#define NTK_PROXIES_GRASP_H_

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/native_batch_norm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <cstddef>
#include <tuple>
#include <vector>

#include "nas/network/network_constants.h"
#include "nas/network/network_operations.h"
#include "nas/network/normalizer.h"
#include "nas/network_plan.h"
#include "ntk/proxies/network_pass.h"

namespace robbench {
namespace internal {

// The logits as Forward (nas/network/network.h) gives them in train mode,
// recorded by autograd. Dead layers are left out.
inline at::Tensor RecordedLogits(const NetworkPlan& plan,
                                 const Normalizer& normalizer,
                                 const std::vector<at::Tensor>& state,
                                 const at::Tensor& images) {
  std::vector<size_t> first(plan.layers.size(), 0);
  for (size_t p = plan.parameters.size(); p-- > 0;) {
    first[plan.parameters[p].layer] = p;
  }
  std::vector<at::Tensor> values(plan.num_values);
  values[0] = ToNetworkLayout(images);
  for (size_t i = 0; i < plan.layers.size(); ++i) {
    const Layer& layer = plan.layers[i];
    if (!layer.live) continue;
    const at::Tensor& x = values[layer.inputs[0]];
    const size_t p = first[i];
    at::Tensor& y = values[layer.output];
    switch (layer.kind) {
      case LayerKind::kNormalize:
        y = NormalizeImages(x, normalizer);
        break;
      case LayerKind::kZero:
        y = at::zeros({images.size(0), layer.out_channels, layer.out_size,
                       layer.out_size},
                      images.options());
        break;
      case LayerKind::kRelu:
        y = at::relu(x);
        break;
      case LayerKind::kConvolution:
        y = at::conv2d(x, state[p], {}, layer.stride, layer.padding);
        break;
      case LayerKind::kBatchNorm:
        y = std::get<0>(at::native_batch_norm(x, state[p], state[p + 1], {}, {},
                                              /*training=*/true, /*momentum=*/0,
                                              kBatchNormEpsilon));
        break;
      case LayerKind::kAveragePool3x3:
        y = AveragePool3x3(x);
        break;
      case LayerKind::kAveragePool2x2:
        y = at::avg_pool2d(x, 2, 2);
        break;
      case LayerKind::kSum:
        y = x + values[layer.inputs[1]];
        for (size_t k = 2; k < layer.inputs.size(); ++k) {
          y = y + values[layer.inputs[k]];
        }
        break;
      case LayerKind::kGlobalAveragePool:
        y = x.mean({2, 3});
        break;
      case LayerKind::kLinear:
        y = at::linear(x, state[p], state[p + 1]);
        break;
    }
  }
  return values[plan.logits];
}

}  // namespace internal

// `images` [N, C, H, W] in [0, 1], `labels` int64 [N]. BatchNorm has the
// batch's statistics. The network's state is not changed.
inline double Grasp(const UntrainedNetwork& network, const at::Tensor& images,
                    const at::Tensor& labels) {
  at::AutoGradMode record(true);
  std::vector<at::Tensor> state = network.state;
  std::vector<at::Tensor> weights;
  for (const int p : WeightPositions(network.plan)) {
    const int layer = network.plan.parameters[p].layer;
    if (!network.plan.layers[layer].live) continue;
    state[p] = state[p].detach().clone().requires_grad_();
    weights.push_back(state[p]);
  }
  const at::Tensor loss = at::cross_entropy_loss(
      internal::RecordedLogits(network.plan, network.normalizer, state, images),
      labels);
  const std::vector<at::Tensor> gradients =
      torch::autograd::grad({loss}, weights, {}, /*retain_graph=*/true,
                            /*create_graph=*/true, /*allow_unused=*/true);
  at::Tensor product = at::zeros({}, loss.options());
  for (const at::Tensor& gradient : gradients) {
    if (gradient.defined()) {
      product = product + (gradient.detach() * gradient).sum();
    }
  }
  const std::vector<at::Tensor> curvature =
      torch::autograd::grad({product}, weights, {}, /*retain_graph=*/false,
                            /*create_graph=*/false, /*allow_unused=*/true);
  double sum = 0;
  for (size_t k = 0; k < weights.size(); ++k) {
    if (!curvature[k].defined()) continue;
    sum -=
        Sum(weights[k].detach().to(at::kDouble) * curvature[k].to(at::kDouble));
  }
  return sum;
}

}  // namespace robbench

#endif  // NTK_PROXIES_GRASP_H_
