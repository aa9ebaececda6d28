#include "nas/network/libtorch_backend.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/avg_pool2d_backward.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/threshold_backward.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "nas/network/folded_network.h"
#include "nas/network/folded_steps.h"
#include "nas/network/network.h"
#include "nas/network/network_operations.h"
#include "nas/network/normalizer.h"
#include "nas/network/training_pass.h"
#include "nas/network_plan.h"

namespace robbench {
namespace {

using at::Tensor;

void Accumulate(Tensor& gradient, const Tensor& term) {
  gradient = gradient.defined() ? gradient + term : term;
}

class LibtorchNetwork : public FoldedNetwork {
 public:
  LibtorchNetwork(const NetworkPlan& plan, const Normalizer& normalizer,
                  const std::vector<Tensor>& state)
      : plan_(plan), normalizer_(normalizer) {
    at::NoGradGuard no_graph;
    steps_ = Fold(plan, state);
    for (FoldedStep& step : steps_) {
      if (plan_.layers[step.layer].kind == LayerKind::kConvolution) {
        step.weight = ToNetworkLayout(step.weight);
      }
    }
  }

  Tensor Logits(const Tensor& images) const override {
    at::NoGradGuard no_graph;
    return ForwardValues(images)[plan_.logits];
  }

  Tensor ImageGradient(const Tensor& images,
                       const LogitGradient& logit_gradient) const override {
    at::NoGradGuard no_graph;
    const std::vector<Tensor> values = ForwardValues(images);
    return BackwardValues(values, logit_gradient(values[plan_.logits]));
  }

 private:
  std::vector<Tensor> ForwardValues(const Tensor& images) const;
  Tensor BackwardValues(const std::vector<Tensor>& values,
                        const Tensor& logit_gradient) const;

  const NetworkPlan plan_;
  const Normalizer normalizer_;
  std::vector<FoldedStep> steps_;
};

std::vector<Tensor> LibtorchNetwork::ForwardValues(const Tensor& images) const {
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
        // The shape comes from the plan, as the input may be dead and then was
        // not computed.
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

Tensor LibtorchNetwork::BackwardValues(const std::vector<Tensor>& values,
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

class LibtorchPass : public TrainingPass {
 public:
  LibtorchPass(const NetworkPlan& plan, const Normalizer& normalizer)
      : plan_(plan), normalizer_(normalizer) {}

  Tensor Forward(const std::vector<Tensor>& state,
                 const Tensor& images) override {
    trace_ = robbench::Forward(plan_, normalizer_, state, images,
                               NetworkMode::kTrain);
    return trace_.logits();
  }

  std::vector<Tensor> Backward(const std::vector<Tensor>& state,
                               const Tensor& logit_gradient) override {
    return robbench::Backward(plan_, normalizer_, state, trace_, logit_gradient)
        .parameters;
  }

  void UpdateRunningStatistics(std::vector<Tensor>& state) const override {
    robbench::UpdateRunningStatistics(plan_, trace_, state);
  }

 private:
  const NetworkPlan plan_;
  const Normalizer normalizer_;
  Trace trace_;
};

class TheLibtorchBackend : public Backend {
 public:
  std::unique_ptr<FoldedNetwork> MakeFoldedNetwork(
      const NetworkPlan& plan, const Normalizer& normalizer,
      const std::vector<Tensor>& state) const override {
    return std::make_unique<LibtorchNetwork>(plan, normalizer, state);
  }

  std::unique_ptr<TrainingPass> MakeTrainingPass(
      const NetworkPlan& plan, const Normalizer& normalizer,
      const std::vector<Tensor>&) const override {
    return std::make_unique<LibtorchPass>(plan, normalizer);
  }
};

}  // namespace

const Backend& LibtorchBackend() {
  static const TheLibtorchBackend& backend = *new TheLibtorchBackend;
  return backend;
}

}  // namespace robbench
