#include "nas/network/folded_network.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/avg_pool2d_backward.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/threshold_backward.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "nas/cpu/image_threads.h"
#include "nas/network/network_operations.h"

namespace robbench {
namespace {

using at::Tensor;

void Accumulate(Tensor& gradient, const Tensor& term) {
  gradient = gradient.defined() ? gradient + term : term;
}

std::vector<FoldedStep> Fold(const NetworkPlan& plan,
                             const std::vector<Tensor>& state) {
  std::vector<int> first(plan.layers.size(), -1);
  for (int p = static_cast<int>(plan.parameters.size()) - 1; p >= 0; --p) {
    first[plan.parameters[p].layer] = p;
  }
  std::vector<FoldedStep> steps;
  for (size_t i = 0; i < plan.layers.size(); ++i) {
    const Layer& layer = plan.layers[i];
    if (!layer.live) continue;
    const int p = first[i];
    FoldedStep step{layer.kind,    layer.inputs,  layer.output,
                    layer.stride,  layer.padding, layer.out_channels,
                    layer.out_size};
    if (layer.kind == LayerKind::kBatchNorm) {
      auto [scale, shift] =
          BatchNormAffine(state[p], state[p + 1], state[p + 2], state[p + 3]);
      // A convolution's output goes to its BatchNorm and nowhere else. The last
      // BatchNorm may follow another BatchNorm: it stays.
      if (plan.layers[i - 1].kind == LayerKind::kConvolution &&
          plan.layers[i - 1].output == layer.inputs[0]) {
        FoldedStep& convolution = steps.back();
        convolution.weight = convolution.weight * scale.view({-1, 1, 1, 1});
        convolution.bias = shift;
        convolution.output = layer.output;
        continue;
      }
      step.weight = scale;
      step.bias = shift;
    } else if (layer.kind == LayerKind::kConvolution) {
      step.weight = state[p];
    } else if (layer.kind == LayerKind::kLinear) {
      step.weight = state[p];
      step.bias = state[p + 1];
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

std::vector<float> Floats(const Tensor& tensor) {
  if (!tensor.defined()) return {};
  const Tensor flat = tensor.contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

std::vector<FusedStep> FusedSteps(const NetworkPlan& plan,
                                  const std::vector<FoldedStep>& steps) {
  std::vector<const Layer*> producer(plan.num_values, nullptr);
  for (const Layer& layer : plan.layers) producer[layer.output] = &layer;
  std::vector<FusedStep> fused;
  for (const FoldedStep& step : steps) {
    // A folded convolution has the output of its BatchNorm, of equal shape.
    const Layer& last = *producer[step.output];
    FusedStep& made = fused.emplace_back();
    made.kind = step.kind;
    made.inputs = step.inputs;
    made.output = step.output;
    made.stride = step.stride;
    made.kernel = step.kind == LayerKind::kConvolution
                      ? static_cast<int>(step.weight.size(2))
                      : 0;
    made.out_channels = last.out_channels;
    made.out_size = last.out_size;
    made.in_channels = last.in_channels;
    made.in_size = last.in_size;
    if (step.kind == LayerKind::kConvolution) {
      made.in_channels = static_cast<int>(step.weight.size(1));
      made.in_size = made.out_size * step.stride;
    }
    made.weight = Floats(step.weight);
    made.bias = Floats(step.bias);
  }
  return fused;
}

}  // namespace

FoldedNetwork::FoldedNetwork(const NetworkPlan& plan,
                             const Normalizer& normalizer,
                             const std::vector<Tensor>& state,
                             const FoldedNetworkOptions& options)
    : plan_(plan), normalizer_(normalizer) {
  at::NoGradGuard no_graph;
  steps_ = Fold(plan, state);
  if (options.allow_fused && state[0].is_cpu() &&
      state[0].scalar_type() == at::kFloat) {
    const std::vector<FusedStep> fused = FusedSteps(plan, steps_);
    if (FusedEngine::Supports(fused)) {
      fused_ = std::make_shared<const FusedEngine>(
          fused, plan.size.image_channels, plan.size.image_size,
          FusedNormalizerOf(normalizer));
    }
  }
  if (fused_ != nullptr) return;
  for (FoldedStep& step : steps_) {
    if (step.kind == LayerKind::kConvolution) {
      step.weight = ToNetworkLayout(step.weight);
    }
  }
}

std::vector<Tensor> FoldedNetwork::ForwardValues(const Tensor& images) const {
  std::vector<Tensor> values(plan_.num_values);
  values[0] = ToNetworkLayout(images);
  for (const FoldedStep& step : steps_) {
    const Tensor& x = values[step.inputs[0]];
    Tensor& y = values[step.output];
    switch (step.kind) {
      case LayerKind::kNormalize:
        y = NormalizeImages(x, normalizer_);
        break;
      case LayerKind::kZero:
        // Its input may be dead, and then was not computed.
        y = at::zeros(
            {images.size(0), step.out_channels, step.out_size, step.out_size},
            images.options());
        break;
      case LayerKind::kRelu:
        y = at::relu(x);
        break;
      case LayerKind::kConvolution:
        y = at::conv2d(x, step.weight, step.bias, step.stride, step.padding);
        break;
      case LayerKind::kBatchNorm:
        y = at::addcmul(PerChannel(step.bias), x, PerChannel(step.weight));
        break;
      case LayerKind::kAveragePool3x3:
        y = AveragePool3x3(x);
        break;
      case LayerKind::kAveragePool2x2:
        y = at::avg_pool2d(x, 2, 2);
        break;
      case LayerKind::kSum:
        y = x + values[step.inputs[1]];
        for (size_t k = 2; k < step.inputs.size(); ++k) {
          y += values[step.inputs[k]];
        }
        break;
      case LayerKind::kGlobalAveragePool:
        y = x.mean({2, 3});
        break;
      case LayerKind::kLinear:
        y = at::linear(x, step.weight, step.bias);
        break;
    }
  }
  return values;
}

Tensor FoldedNetwork::BackwardValues(const std::vector<Tensor>& values,
                                     const Tensor& logit_gradient) const {
  std::vector<Tensor> gradients(plan_.num_values);
  gradients[plan_.logits] = logit_gradient;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    const Tensor g = std::move(gradients[step->output]);
    if (!g.defined()) continue;
    const Tensor& x = values[step->inputs[0]];
    Tensor& dx = gradients[step->inputs[0]];
    switch (step->kind) {
      case LayerKind::kNormalize:
        Accumulate(dx, NormalizeGradient(g, normalizer_));
        break;
      case LayerKind::kZero:
        break;
      case LayerKind::kRelu:
        Accumulate(dx, at::threshold_backward(g, x, 0));
        break;
      case LayerKind::kConvolution:
        Accumulate(
            dx,
            std::get<0>(at::convolution_backward(
                g, x, step->weight, c10::nullopt, {step->stride, step->stride},
                {step->padding, step->padding}, {1, 1},
                /*transposed=*/false, {0, 0}, 1, {true, false, false})));
        break;
      case LayerKind::kBatchNorm:
        Accumulate(dx, g * PerChannel(step->weight));
        break;
      case LayerKind::kAveragePool3x3:
        Accumulate(dx, AveragePool3x3Gradient(g));
        break;
      case LayerKind::kAveragePool2x2:
        Accumulate(dx, at::avg_pool2d_backward(g, x, 2, 2, 0, false, true,
                                               c10::nullopt));
        break;
      case LayerKind::kSum:
        for (int term : step->inputs) Accumulate(gradients[term], g);
        break;
      case LayerKind::kGlobalAveragePool: {
        const double area = static_cast<double>(x.size(2) * x.size(3));
        Accumulate(dx, (g / area).unsqueeze(2).unsqueeze(3).expand_as(x));
        break;
      }
      case LayerKind::kLinear:
        Accumulate(dx, at::mm(g, step->weight));
        break;
    }
  }
  Tensor& images = gradients[0];
  return images.defined() ? images : at::zeros_like(values[0]);
}

Tensor FoldedNetwork::FusedForward(const Tensor& images, Tensor& masks) const {
  const int64_t count = images.size(0);
  masks = at::empty({count, fused_->mask_bytes()}, at::kByte);
  Tensor logits = at::empty({count, fused_->classes()}, at::kFloat);
  const float* in = images.data_ptr<float>();
  float* out = logits.data_ptr<float>();
  uint8_t* mask = masks.data_ptr<uint8_t>();
  RunImages(count, [&](ImageQueue& queue) {
    FusedEngine::Workspace workspace = fused_->MakeWorkspace();
    std::vector<FusedEngine::ForwardImage> group;
    while (const std::optional<int64_t> i = queue.Next()) {
      group.push_back({in + *i * fused_->image_floats(),
                       out + *i * fused_->classes(),
                       mask + *i * fused_->mask_bytes()});
      if (group.size() < FusedEngine::kGroup) continue;
      fused_->Forward(group, workspace);
      group.clear();
    }
    if (!group.empty()) fused_->Forward(group, workspace);
  });
  return logits;
}

Tensor FoldedNetwork::FusedBackward(const Tensor& masks,
                                    const Tensor& logit_gradient) const {
  const int64_t count = masks.size(0);
  Tensor gradient = at::empty({count, plan_.size.image_channels,
                               plan_.size.image_size, plan_.size.image_size},
                              at::kFloat);
  const float* in = logit_gradient.data_ptr<float>();
  const uint8_t* mask = masks.data_ptr<uint8_t>();
  float* out = gradient.data_ptr<float>();
  RunImages(count, [&](ImageQueue& queue) {
    FusedEngine::Workspace workspace = fused_->MakeWorkspace();
    std::vector<FusedEngine::BackwardImage> group;
    while (const std::optional<int64_t> i = queue.Next()) {
      const float* row = in + *i * fused_->classes();
      float* image = out + *i * fused_->image_floats();
      if (std::all_of(row, row + fused_->classes(),
                      [](float g) { return g == 0; })) {
        std::fill_n(image, fused_->image_floats(), 0.0f);
        continue;
      }
      group.push_back({row, mask + *i * fused_->mask_bytes(), image});
      if (group.size() < FusedEngine::kGroup) continue;
      fused_->Backward(group, workspace);
      group.clear();
    }
    if (!group.empty()) fused_->Backward(group, workspace);
  });
  return gradient;
}

Tensor FoldedNetwork::Logits(const Tensor& images) const {
  at::NoGradGuard no_graph;
  if (fused_ != nullptr) {
    Tensor masks;
    return FusedForward(images.contiguous(), masks);
  }
  return ForwardValues(images)[plan_.logits];
}

Tensor FoldedNetwork::ImageGradient(const Tensor& images,
                                    const LogitGradient& logit_gradient) const {
  at::NoGradGuard no_graph;
  if (fused_ != nullptr) {
    Tensor masks;
    const Tensor logits = FusedForward(images.contiguous(), masks);
    return FusedBackward(masks, logit_gradient(logits, 0).contiguous());
  }
  const std::vector<Tensor> values = ForwardValues(images);
  return BackwardValues(values, logit_gradient(values[plan_.logits], 0));
}

}  // namespace robbench
