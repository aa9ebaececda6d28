#include "nas/network/network.h"

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
#include <ATen/ops/native_batch_norm.h>
#include <ATen/ops/native_batch_norm_backward.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/threshold_backward.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <cstddef>
#include <utility>

#include "nas/base/philox.h"
#include "nas/network/network_constants.h"
#include "nas/network/network_operations.h"

namespace robbench {
namespace {

using at::Tensor;

// Adds `term` to the gradient of a value. The first term is kept as it is,
// shared with other gradients, so later ones make a new tensor.
void Accumulate(Tensor& gradient, const Tensor& term) {
  gradient = gradient.defined() ? gradient + term : term;
}

class ForwardWalk {
 public:
  ForwardWalk(const NetworkPlan& plan, const Normalizer& normalizer,
              const std::vector<Tensor>& state, NetworkMode mode)
      : plan_(plan), normalizer_(normalizer), state_(state) {
    trace_.mode = mode;
    trace_.logits_value = plan.logits;
    trace_.values.resize(plan.num_values);
    trace_.batch_mean.resize(plan.layers.size());
    trace_.batch_variance.resize(plan.layers.size());
    trace_.batch_inverse_deviation.resize(plan.layers.size());
  }

  Trace Run(const Tensor& images) {
    trace_.values[0] = ToNetworkLayout(images);
    const std::vector<int> first = plan_.FirstParameters();
    for (size_t i = 0; i < plan_.layers.size(); ++i) {
      const Layer& layer = plan_.layers[i];
      if (trace_.mode == NetworkMode::kEval && !layer.live) continue;
      trace_.values[layer.output] = Output(i, layer, first[i]);
    }
    return std::move(trace_);
  }

 private:
  Tensor Output(size_t i, const Layer& layer, int p) {
    const Tensor& x = trace_.values[layer.inputs[0]];
    switch (layer.kind) {
      case LayerKind::kNormalize:
        return NormalizeImages(x, normalizer_);
      case LayerKind::kZero:
        // The shape comes from the plan, as the input may be dead and then was
        // not computed.
        return at::zeros({trace_.values[0].size(0), layer.out_channels,
                          layer.out_size, layer.out_size},
                         trace_.values[0].options());
      case LayerKind::kRelu:
        return at::relu(x);
      case LayerKind::kConvolution:
        return at::conv2d(x, state_[p], {}, layer.stride, layer.padding);
      case LayerKind::kBatchNorm:
        return BatchNorm(i, x, p);
      case LayerKind::kAveragePool3x3:
        return AveragePool3x3(x);
      case LayerKind::kAveragePool2x2:
        return at::avg_pool2d(x, 2, 2);
      case LayerKind::kSum: {
        Tensor sum = x + trace_.values[layer.inputs[1]];
        for (size_t k = 2; k < layer.inputs.size(); ++k) {
          sum += trace_.values[layer.inputs[k]];
        }
        return sum;
      }
      case LayerKind::kGlobalAveragePool:
        return x.mean({2, 3});
      case LayerKind::kLinear:
        return at::linear(x, state_[p], state_[p + 1]);
    }
    return {};
  }

  Tensor BatchNorm(size_t i, const Tensor& x, int p) {
    if (trace_.mode == NetworkMode::kEval) {
      const auto [scale, shift] = BatchNormAffine(state_[p], state_[p + 1],
                                                  state_[p + 2], state_[p + 3]);
      return at::addcmul(PerChannel(shift), x, PerChannel(scale));
    }
    // With momentum 1 the running statistics become the batch's own.
    Tensor mean = at::zeros_like(state_[p + 2]);
    Tensor variance = at::zeros_like(state_[p + 3]);
    auto [y, saved_mean, saved_inverse] = at::native_batch_norm(
        x, state_[p], state_[p + 1], mean, variance, /*training=*/true,
        /*momentum=*/1.0, kBatchNormEpsilon);
    if (x.numel() == x.size(1)) variance.zero_();  // one value a channel
    trace_.batch_mean[i] = saved_mean;
    trace_.batch_inverse_deviation[i] = saved_inverse;
    trace_.batch_variance[i] = variance;
    return y;
  }

  const NetworkPlan& plan_;
  const Normalizer& normalizer_;
  const std::vector<Tensor>& state_;
  Trace trace_;
};

class BackwardWalk {
 public:
  BackwardWalk(const NetworkPlan& plan, const Normalizer& normalizer,
               const std::vector<Tensor>& state, const Trace& trace,
               const BackwardOptions& options)
      : plan_(plan),
        normalizer_(normalizer),
        state_(state),
        trace_(trace),
        options_(options) {
    gradients_.values.resize(plan.num_values);
    gradients_.parameters.resize(plan.parameters.size());
  }

  Gradients Run(const Tensor& logit_gradient) {
    gradients_.values[plan_.logits] = logit_gradient;
    const std::vector<int> first = plan_.FirstParameters();
    for (int i = static_cast<int>(plan_.layers.size()) - 1; i >= 0; --i) {
      const Layer& layer = plan_.layers[i];
      if (!layer.live) continue;
      Tensor& gradient = gradients_.values[layer.output];
      if (!gradient.defined()) continue;
      Propagate(i, layer, first[i], gradient);
      if (!options_.keep_values) gradient.reset();
    }
    Tensor& images = gradients_.values[0];
    if (!images.defined()) images = at::zeros_like(trace_.values[0]);
    if (options_.parameters) FillZeros();
    return std::move(gradients_);
  }

 private:
  void Propagate(int i, const Layer& layer, int p, const Tensor& g) {
    const int input = layer.inputs[0];
    const Tensor& x = trace_.values[input];
    std::vector<Tensor>& values = gradients_.values;
    switch (layer.kind) {
      case LayerKind::kNormalize:
        return Accumulate(values[input], NormalizeGradient(g, normalizer_));
      case LayerKind::kZero:
        return;
      case LayerKind::kRelu:
        return Accumulate(values[input], at::threshold_backward(g, x, 0));
      case LayerKind::kConvolution: {
        auto [dx, dw, unused_bias] = at::convolution_backward(
            g, x, state_[p], c10::nullopt, {layer.stride, layer.stride},
            {layer.padding, layer.padding}, {1, 1}, /*transposed=*/false,
            {0, 0}, 1, {true, options_.parameters, false});
        gradients_.parameters[p] = dw;
        return Accumulate(values[input], dx);
      }
      case LayerKind::kBatchNorm:
        return Accumulate(values[input], BatchNorm(i, x, p, g));
      case LayerKind::kAveragePool3x3:
        return Accumulate(values[input], AveragePool3x3Gradient(g));
      case LayerKind::kAveragePool2x2:
        return Accumulate(
            values[input],
            at::avg_pool2d_backward(g, x, 2, 2, 0, false, true, c10::nullopt));
      case LayerKind::kSum:
        for (int term : layer.inputs) Accumulate(values[term], g);
        return;
      case LayerKind::kGlobalAveragePool: {
        const double area = static_cast<double>(x.size(2) * x.size(3));
        return Accumulate(values[input],
                          (g / area).unsqueeze(2).unsqueeze(3).expand_as(x));
      }
      case LayerKind::kLinear:
        if (options_.parameters) {
          gradients_.parameters[p] = at::mm(g.t(), x);
          gradients_.parameters[p + 1] = g.sum(0);
        }
        return Accumulate(values[input], at::mm(g, state_[p]));
    }
  }

  Tensor BatchNorm(int i, const Tensor& x, int p, const Tensor& g) {
    if (trace_.mode == NetworkMode::kTrain) {
      auto [dx, dw, db] = at::native_batch_norm_backward(
          g, x, state_[p], c10::nullopt, c10::nullopt, trace_.batch_mean[i],
          trace_.batch_inverse_deviation[i], /*train=*/true, kBatchNormEpsilon,
          {true, options_.parameters, options_.parameters});
      gradients_.parameters[p] = dw;
      gradients_.parameters[p + 1] = db;
      return dx;
    }
    const Tensor inverse = (state_[p + 3] + kBatchNormEpsilon).rsqrt();
    if (options_.parameters) {
      const Tensor bias = g.sum({0, 2, 3});
      gradients_.parameters[p + 1] = bias;
      gradients_.parameters[p] =
          ((g * x).sum({0, 2, 3}) - state_[p + 2] * bias) * inverse;
    }
    return g * PerChannel(state_[p] * inverse);
  }

  // Parameters without influence have gradient zero, as in PyTorch, where
  // their outputs are multiplied by zero: weight decay acts on them.
  void FillZeros() {
    for (size_t p = 0; p < plan_.parameters.size(); ++p) {
      if (IsBuffer(plan_.parameters[p].kind)) continue;
      Tensor& gradient = gradients_.parameters[p];
      if (!gradient.defined()) gradient = at::zeros_like(state_[p]);
    }
  }

  const NetworkPlan& plan_;
  const Normalizer& normalizer_;
  const std::vector<Tensor>& state_;
  const Trace& trace_;
  const BackwardOptions& options_;
  Gradients gradients_;
};

Tensor InitialTensor(const Parameter& parameter, uint32_t seed, uint32_t step) {
  Tensor tensor = at::empty(parameter.shape, at::kFloat);
  float* data = tensor.data_ptr<float>();
  switch (parameter.kind) {
    case ParameterKind::kConvolutionWeight:
    case ParameterKind::kLinearWeight:
    case ParameterKind::kLinearBias: {
      const float bound =
          1.0f / std::sqrt(static_cast<float>(parameter.fan_in));
      PhiloxStream stream(seed, Purpose::kInitialWeights, 0, step);
      for (int64_t i = 0; i < tensor.numel(); ++i) {
        data[i] = bound * (2.0f * stream.Uniform() - 1.0f);
      }
      return tensor;
    }
    case ParameterKind::kBatchNormWeight:
    case ParameterKind::kRunningVariance:
      return tensor.fill_(1);
    case ParameterKind::kBatchNormBias:
    case ParameterKind::kRunningMean:
      return tensor.zero_();
  }
  return tensor;
}

}  // namespace

std::vector<Tensor> InitialState(const NetworkPlan& plan, uint32_t seed,
                                 at::ScalarType dtype) {
  std::vector<Tensor> state;
  state.reserve(plan.parameters.size());
  for (size_t i = 0; i < plan.parameters.size(); ++i) {
    state.push_back(
        InitialTensor(plan.parameters[i], seed, static_cast<uint32_t>(i))
            .to(dtype));
  }
  return state;
}

std::vector<Tensor> ToDevice(const std::vector<Tensor>& state,
                             const at::Device& device) {
  std::vector<Tensor> moved;
  for (const Tensor& tensor : state) moved.push_back(tensor.to(device));
  return moved;
}

Trace Forward(const NetworkPlan& plan, const Normalizer& normalizer,
              const std::vector<Tensor>& state, const Tensor& images,
              NetworkMode mode) {
  at::NoGradGuard no_graph;
  return ForwardWalk(plan, normalizer, state, mode).Run(images);
}

void UpdateRunningStatistics(const NetworkPlan& plan, const Trace& trace,
                             std::vector<Tensor>& state) {
  at::NoGradGuard no_graph;
  for (size_t p = 0; p < plan.parameters.size(); ++p) {
    const Parameter& parameter = plan.parameters[p];
    if (!IsBuffer(parameter.kind)) continue;
    const Tensor& batch = parameter.kind == ParameterKind::kRunningMean
                              ? trace.batch_mean[parameter.layer]
                              : trace.batch_variance[parameter.layer];
    state[p].mul_(1 - kBatchNormMomentum).add_(batch, kBatchNormMomentum);
  }
}

Gradients Backward(const NetworkPlan& plan, const Normalizer& normalizer,
                   const std::vector<Tensor>& state, const Trace& trace,
                   const Tensor& logit_gradient,
                   const BackwardOptions& options) {
  at::NoGradGuard no_graph;
  return BackwardWalk(plan, normalizer, state, trace, options)
      .Run(logit_gradient);
}

}  // namespace robbench
