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
  const std::vector<int> first = plan.FirstParameters();
  std::vector<FoldedStep> steps;
  for (size_t i = 0; i < plan.layers.size(); ++i) {
    const Layer& layer = plan.layers[i];
    if (!layer.live) continue;
    const int p = first[i];
    FoldedStep step{static_cast<int>(i), layer.output};
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

// By layer of the plan.
std::vector<FoldedNumbers> Numbers(const NetworkPlan& plan,
                                   const std::vector<FoldedStep>& steps) {
  std::vector<FoldedNumbers> numbers(plan.layers.size());
  for (const FoldedStep& step : steps) {
    numbers[step.layer] = {Floats(step.weight), Floats(step.bias)};
  }
  return numbers;
}

}  // namespace

FoldedNetwork::FoldedNetwork(const NetworkPlan& plan,
                             const Normalizer& normalizer,
                             const std::vector<Tensor>& state,
                             const FoldedNetworkOptions& options)
    : plan_(plan), normalizer_(normalizer) {
  at::NoGradGuard no_graph;
  steps_ = Fold(plan, state);
  if (options.allow_engine && state[0].is_cpu() &&
      state[0].scalar_type() == at::kFloat &&
      ImageGradientEngine::Supports(plan)) {
    engine_ = std::make_shared<const ImageGradientEngine>(
        plan, PixelNormalizerOf(normalizer), Numbers(plan, steps_));
    return;
  }
  for (FoldedStep& step : steps_) {
    if (plan_.layers[step.layer].kind == LayerKind::kConvolution) {
      step.weight = ToNetworkLayout(step.weight);
    }
  }
}

std::vector<Tensor> FoldedNetwork::ForwardValues(const Tensor& images) const {
  std::vector<Tensor> values(plan_.num_values);
  values[0] = ToNetworkLayout(images);
  for (const FoldedStep& step : steps_) {
    const Layer& layer = plan_.layers[step.layer];
    const Tensor& x = values[layer.inputs[0]];
    Tensor& y = values[step.output];
    switch (layer.kind) {
      case LayerKind::kNormalize:
        y = NormalizeImages(x, normalizer_);
        break;
      case LayerKind::kZero:
        // Its input may be dead, and then was not computed.
        y = at::zeros({images.size(0), layer.out_channels, layer.out_size,
                       layer.out_size},
                      images.options());
        break;
      case LayerKind::kRelu:
        y = at::relu(x);
        break;
      case LayerKind::kConvolution:
        y = at::conv2d(x, step.weight, step.bias, layer.stride, layer.padding);
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
        y = x + values[layer.inputs[1]];
        for (size_t k = 2; k < layer.inputs.size(); ++k) {
          y += values[layer.inputs[k]];
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
    const Layer& layer = plan_.layers[step->layer];
    const Tensor& x = values[layer.inputs[0]];
    Tensor& dx = gradients[layer.inputs[0]];
    switch (layer.kind) {
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
                g, x, step->weight, c10::nullopt, {layer.stride, layer.stride},
                {layer.padding, layer.padding}, {1, 1},
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
        for (int term : layer.inputs) Accumulate(gradients[term], g);
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

Tensor FoldedNetwork::EngineForward(const Tensor& images, Tensor& masks) const {
  const int64_t count = images.size(0);
  masks = at::empty({count, engine_->mask_bytes()}, at::kByte);
  Tensor logits = at::empty({count, engine_->classes()}, at::kFloat);
  const float* in = images.data_ptr<float>();
  float* out = logits.data_ptr<float>();
  uint8_t* mask = masks.data_ptr<uint8_t>();
  RunImages(count, [&](ImageQueue& queue) {
    ImageGradientEngine::Workspace workspace = engine_->MakeWorkspace();
    std::vector<ImageGradientEngine::ForwardImage> group;
    while (const std::optional<int64_t> i = queue.Next()) {
      group.push_back({in + *i * engine_->image_floats(),
                       out + *i * engine_->classes(),
                       mask + *i * engine_->mask_bytes()});
      if (group.size() < ImageGradientEngine::kGroup) continue;
      engine_->Forward(group, workspace);
      group.clear();
    }
    if (!group.empty()) engine_->Forward(group, workspace);
  });
  return logits;
}

Tensor FoldedNetwork::EngineBackward(const Tensor& masks,
                                     const Tensor& logit_gradient) const {
  const int64_t count = masks.size(0);
  Tensor gradient = at::empty({count, plan_.size.image_channels,
                               plan_.size.image_size, plan_.size.image_size},
                              at::kFloat);
  const float* in = logit_gradient.data_ptr<float>();
  const uint8_t* mask = masks.data_ptr<uint8_t>();
  float* out = gradient.data_ptr<float>();
  RunImages(count, [&](ImageQueue& queue) {
    ImageGradientEngine::Workspace workspace = engine_->MakeWorkspace();
    std::vector<ImageGradientEngine::BackwardImage> group;
    while (const std::optional<int64_t> i = queue.Next()) {
      const float* row = in + *i * engine_->classes();
      float* image = out + *i * engine_->image_floats();
      if (std::all_of(row, row + engine_->classes(),
                      [](float g) { return g == 0; })) {
        std::fill_n(image, engine_->image_floats(), 0.0f);
        continue;
      }
      group.push_back({row, mask + *i * engine_->mask_bytes(), image});
      if (group.size() < ImageGradientEngine::kGroup) continue;
      engine_->Backward(group, workspace);
      group.clear();
    }
    if (!group.empty()) engine_->Backward(group, workspace);
  });
  return gradient;
}

Tensor FoldedNetwork::Logits(const Tensor& images) const {
  at::NoGradGuard no_graph;
  if (engine_ != nullptr) {
    Tensor masks;
    return EngineForward(images.contiguous(), masks);
  }
  return ForwardValues(images)[plan_.logits];
}

Tensor FoldedNetwork::ImageGradient(const Tensor& images,
                                    const LogitGradient& logit_gradient) const {
  at::NoGradGuard no_graph;
  if (engine_ != nullptr) {
    Tensor masks;
    const Tensor logits = EngineForward(images.contiguous(), masks);
    return EngineBackward(masks, logit_gradient(logits, 0).contiguous());
  }
  const std::vector<Tensor> values = ForwardValues(images);
  return BackwardValues(values, logit_gradient(values[plan_.logits], 0));
}

}  // namespace robbench
