#include "ntk/gradients/sample_gradients.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/threshold_backward.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "nas/network/network_constants.h"
#include "nas/network/network_operations.h"
#include "nas/network/normalizer.h"
#include "ntk/gradients/patch_products.h"

namespace robbench {
namespace {

// Images go through each layer in chunks whose values are about this large, so
// that they stay in the caches, and the allocator reuses their memory instead
// of giving it back to the system.
constexpr int64_t kChunkBytes = 1 << 20;
// On a device the chunks are larger, so that each kernel has enough to do.
constexpr int64_t kDeviceChunkBytes = 1 << 26;

// A convolution, and the BatchNorm that is its output's only reader if there is
// one.
struct Convolution {
  int layer;
  int norm = -1;  // layer, -1: none
  int output;     // value
  int weight;     // parameters
  int norm_weight = -1;
  int norm_bias = -1;
};

// Live convolutions of one shape over one value.
struct ConvolutionGroup {
  std::vector<Convolution> members;  // in order of evaluation
  at::Tensor weight;                 // folded, [sum of out, in, k, k]
  at::Tensor bias;                   // folded, [sum of out]
};

// Some of the images on their way through the network.
struct Chunk {
  int64_t first;                      // position in the batch
  std::vector<at::Tensor> values;     // undefined: not yet, or no more needed
  std::vector<at::Tensor> gradients;  // by value
};

class Walk {
 public:
  Walk(const NetworkPlan& plan, const Normalizer& normalizer,
       const std::vector<at::Tensor>& state,
       const SampleGradientVisitor& visitor)
      : plan_(plan),
        normalizer_(normalizer),
        state_(state),
        visitor_(visitor),
        rows_(plan.parameters.size()) {
    FindParameters();
    FindReaders();
    GroupConvolutions();
  }

  at::Tensor Forward(const at::Tensor& images);
  void Backward(const at::Tensor& logit_gradients);

 private:
  void FindParameters();
  void FindReaders();
  void GroupConvolutions();

  const Layer& layer(int i) const { return plan_.layers[i]; }
  const at::Tensor& State(int layer, ParameterKind kind) const {
    return state_[Parameter(layer, kind)];
  }
  int Parameter(int layer, ParameterKind kind) const {
    return parameters_[layer][static_cast<int>(kind)];
  }
  // 1 / sqrt(var + eps) of a BatchNorm layer.
  at::Tensor InverseDeviation(int norm) const {
    return (State(norm, ParameterKind::kRunningVariance) + kBatchNormEpsilon)
        .rsqrt();
  }

  void ForwardLayer(int i, Chunk& chunk) const;
  void ForwardGroup(const ConvolutionGroup& group, Chunk& chunk) const;
  void BackwardLayer(int i, Chunk& chunk);
  void BackwardGroup(const ConvolutionGroup& group, Chunk& chunk);
  void SetConvolutionRows(const Convolution& member, const Chunk& chunk,
                          const at::Tensor& products,
                          const at::Tensor& gradient);

  void AddGradient(int value, const at::Tensor& gradient, Chunk& chunk) const {
    if (!trainable_[value]) return;
    at::Tensor& sum = chunk.gradients[value];
    sum = sum.defined() ? sum + gradient : gradient;
  }
  // The rows of a chunk's images in the gradients of a parameter, in the shape
  // of the parameter.
  at::Tensor Rows(int parameter, const Chunk& chunk, int64_t count) {
    const std::vector<int64_t>& shape = plan_.parameters[parameter].shape;
    std::vector<int64_t> sizes = {batch_};
    sizes.insert(sizes.end(), shape.begin(), shape.end());
    at::Tensor& rows = rows_[parameter];
    if (!rows.defined()) rows = at::empty(sizes, state_[0].options());
    return rows.narrow(0, chunk.first, count);
  }
  void SetRows(int parameter, const Chunk& chunk, const at::Tensor& gradients) {
    Rows(parameter, chunk, gradients.size(0)).copy_(gradients);
  }
  void VisitRows();

  const NetworkPlan& plan_;
  const Normalizer& normalizer_;
  const std::vector<at::Tensor>& state_;
  const SampleGradientVisitor& visitor_;

  std::vector<std::array<int, 7>> parameters_;  // by layer, ParameterKind
  std::vector<std::vector<int>> readers_;       // by value: live layers
  std::vector<bool> trainable_;  // by value: depends on some parameter
  std::vector<bool> kept_;       // by value: the backward pass needs it
  std::vector<ConvolutionGroup> groups_;
  std::vector<int> group_of_layer_;  // -1: none
  std::vector<bool> folded_;         // by layer: BatchNorm in a convolution
  int64_t batch_ = 0;
  std::vector<Chunk> chunks_;
  // By parameter, [B, shape]: gradients on their way to the visitor.
  std::vector<at::Tensor> rows_;
};

void Walk::FindParameters() {
  parameters_.resize(plan_.layers.size());
  for (auto& row : parameters_) row.fill(-1);
  for (size_t p = 0; p < plan_.parameters.size(); ++p) {
    const auto& parameter = plan_.parameters[p];
    parameters_[parameter.layer][static_cast<int>(parameter.kind)] =
        static_cast<int>(p);
  }
}

void Walk::FindReaders() {
  readers_.resize(plan_.num_values);
  trainable_.resize(plan_.num_values);
  kept_.resize(plan_.num_values);
  for (size_t i = 0; i < plan_.layers.size(); ++i) {
    const Layer& layer = plan_.layers[i];
    if (!layer.live) continue;
    bool trainable = !layer.name.empty();
    for (const int input : layer.inputs) {
      readers_[input].push_back(static_cast<int>(i));
      trainable = trainable || trainable_[input];
      if (layer.kind == LayerKind::kConvolution ||
          layer.kind == LayerKind::kLinear) {
        kept_[input] = true;
      }
    }
    if (layer.kind == LayerKind::kRelu) kept_[layer.output] = true;
    trainable_[layer.output] = trainable && layer.kind != LayerKind::kZero;
  }
}

void Walk::GroupConvolutions() {
  group_of_layer_.assign(plan_.layers.size(), -1);
  folded_.assign(plan_.layers.size(), false);
  for (size_t i = 0; i < plan_.layers.size(); ++i) {
    const Layer& layer = plan_.layers[i];
    if (!layer.live) continue;
    if (layer.kind == LayerKind::kBatchNorm && !folded_[i]) {
      kept_[layer.inputs[0]] = true;
    }
    if (layer.kind != LayerKind::kConvolution) continue;
    Convolution member{
        .layer = static_cast<int>(i),
        .output = layer.output,
        .weight = Parameter(i, ParameterKind::kConvolutionWeight)};
    const std::vector<int>& readers = readers_[layer.output];
    if (readers.size() == 1 &&
        plan_.layers[readers[0]].kind == LayerKind::kBatchNorm) {
      member.norm = readers[0];
      member.output = plan_.layers[member.norm].output;
      member.norm_weight =
          Parameter(member.norm, ParameterKind::kBatchNormWeight);
      member.norm_bias = Parameter(member.norm, ParameterKind::kBatchNormBias);
      folded_[member.norm] = true;
    }
    int& group = group_of_layer_[i];
    for (const int reader : readers_[layer.inputs[0]]) {
      if (reader >= static_cast<int>(i)) break;
      const Layer& other = plan_.layers[reader];
      if (other.kind == LayerKind::kConvolution &&
          other.kernel == layer.kernel && other.stride == layer.stride) {
        group = group_of_layer_[reader];
        break;
      }
    }
    if (group < 0) {
      group = static_cast<int>(groups_.size());
      groups_.emplace_back();
    }
    groups_[group].members.push_back(member);
  }
  for (ConvolutionGroup& group : groups_) {
    std::vector<at::Tensor> weights;
    std::vector<at::Tensor> biases;
    for (const Convolution& member : group.members) {
      const at::Tensor& weight = state_[member.weight];
      if (member.norm < 0) {
        weights.push_back(weight);
        biases.push_back(at::zeros({weight.size(0)}, weight.options()));
        continue;
      }
      const at::Tensor scale =
          state_[member.norm_weight] * InverseDeviation(member.norm);
      weights.push_back(weight * scale.view({-1, 1, 1, 1}));
      biases.push_back(state_[member.norm_bias] -
                       State(member.norm, ParameterKind::kRunningMean) * scale);
    }
    group.weight = at::cat(weights);
    group.bias = at::cat(biases);
  }
}

at::Tensor Walk::Forward(const at::Tensor& images) {
  batch_ = images.size(0);
  const SkeletonSize& size = plan_.size;
  const int64_t image_bytes =
      images.element_size() * size.channels * size.image_size * size.image_size;
  const int64_t chunk_bytes = images.is_cpu() ? kChunkBytes : kDeviceChunkBytes;
  const int64_t chunk_images = std::max<int64_t>(1, chunk_bytes / image_bytes);
  std::vector<at::Tensor> logits;
  for (int64_t first = 0; first < batch_; first += chunk_images) {
    Chunk& chunk = chunks_.emplace_back();
    chunk.first = first;
    chunk.values.resize(plan_.num_values);
    chunk.gradients.resize(plan_.num_values);
    chunk.values[0] =
        images.narrow(0, first, std::min(chunk_images, batch_ - first));
    for (size_t i = 0; i < plan_.layers.size(); ++i) {
      const Layer& layer = plan_.layers[i];
      if (!layer.live) continue;
      ForwardLayer(static_cast<int>(i), chunk);
      for (const int input : layer.inputs) {
        const bool is_last = readers_[input].back() == static_cast<int>(i);
        if (is_last && !kept_[input] && input != 0) {
          chunk.values[input].reset();
        }
      }
    }
    logits.push_back(chunk.values[plan_.logits]);
  }
  return at::cat(logits);
}

void Walk::ForwardLayer(int i, Chunk& chunk) const {
  const Layer& layer = plan_.layers[i];
  const at::Tensor& input = chunk.values[layer.inputs[0]];
  at::Tensor& output = chunk.values[layer.output];
  switch (layer.kind) {
    case LayerKind::kNormalize:
      output = NormalizeImages(input, normalizer_);
      return;
    case LayerKind::kZero:
      // The shape comes from the plan, as the input may be dead and then was
      // not computed.
      output = at::zeros({chunk.values[0].size(0), layer.out_channels,
                          layer.out_size, layer.out_size},
                         state_[0].options());
      return;
    case LayerKind::kRelu:
      output = at::relu(input);
      return;
    case LayerKind::kConvolution: {
      const ConvolutionGroup& group = groups_[group_of_layer_[i]];
      if (group.members[0].layer == i) ForwardGroup(group, chunk);
      return;
    }
    case LayerKind::kBatchNorm: {
      if (folded_[i]) return;
      const at::Tensor scale =
          State(i, ParameterKind::kBatchNormWeight) * InverseDeviation(i);
      const at::Tensor shift = State(i, ParameterKind::kBatchNormBias) -
                               State(i, ParameterKind::kRunningMean) * scale;
      output = at::addcmul(PerChannel(shift), input, PerChannel(scale));
      return;
    }
    case LayerKind::kAveragePool3x3:
      output = AveragePool3x3(input);
      return;
    case LayerKind::kAveragePool2x2:
      output = at::avg_pool2d(input.contiguous(), 2);
      return;
    case LayerKind::kSum:
      output = input + chunk.values[layer.inputs[1]];
      for (size_t k = 2; k < layer.inputs.size(); ++k) {
        output += chunk.values[layer.inputs[k]];
      }
      return;
    case LayerKind::kGlobalAveragePool:
      output = input.mean({2, 3});
      return;
    case LayerKind::kLinear:
      output = at::linear(input, State(i, ParameterKind::kLinearWeight),
                          State(i, ParameterKind::kLinearBias));
      return;
  }
}

void Walk::ForwardGroup(const ConvolutionGroup& group, Chunk& chunk) const {
  const Layer& shape = layer(group.members[0].layer);
  const at::Tensor output =
      at::conv2d(chunk.values[shape.inputs[0]], group.weight, group.bias,
                 shape.stride, shape.padding);
  int64_t channel = 0;
  for (const Convolution& member : group.members) {
    const int64_t channels = layer(member.layer).out_channels;
    chunk.values[member.output] = output.narrow(1, channel, channels);
    channel += channels;
  }
}

void Walk::Backward(const at::Tensor& logit_gradients) {
  for (Chunk& chunk : chunks_) {
    at::Tensor& logits = chunk.values[plan_.logits];
    chunk.gradients[plan_.logits] =
        logit_gradients.narrow(0, chunk.first, logits.size(0));
    logits.reset();
  }
  for (int i = static_cast<int>(plan_.layers.size()) - 1; i >= 0; --i) {
    if (!layer(i).live || !trainable_[layer(i).output]) continue;
    for (Chunk& chunk : chunks_) BackwardLayer(i, chunk);
    VisitRows();
  }
}

void Walk::VisitRows() {
  for (size_t p = 0; p < rows_.size(); ++p) {
    if (!rows_[p].defined()) continue;
    visitor_(static_cast<int>(p), rows_[p].view({batch_, -1}));
    rows_[p].reset();
  }
}

void Walk::BackwardLayer(int i, Chunk& chunk) {
  const Layer& layer = plan_.layers[i];
  const int source = layer.inputs[0];
  if (layer.kind == LayerKind::kConvolution) {
    // The group waits for the gradients of all its members' outputs; its
    // first member comes last here, and still before its input's producer.
    const ConvolutionGroup& group = groups_[group_of_layer_[i]];
    if (group.members[0].layer == i) BackwardGroup(group, chunk);
    return;
  }
  if (folded_[i]) return;
  const at::Tensor gradient = std::move(chunk.gradients[layer.output]);
  switch (layer.kind) {
    case LayerKind::kNormalize:
    case LayerKind::kZero:
    case LayerKind::kConvolution:
      break;
    case LayerKind::kRelu:
      if (!trainable_[source]) break;
      AddGradient(
          source,
          at::threshold_backward(gradient, chunk.values[layer.output], 0),
          chunk);
      break;
    case LayerKind::kBatchNorm: {
      const at::Tensor inverse = InverseDeviation(i);
      const at::Tensor mean = State(i, ParameterKind::kRunningMean);
      const at::Tensor bias_gradient = gradient.sum({2, 3});
      const at::Tensor products = (gradient * chunk.values[source]).sum({2, 3});
      SetRows(Parameter(i, ParameterKind::kBatchNormWeight), chunk,
              (products - mean * bias_gradient) * inverse);
      SetRows(Parameter(i, ParameterKind::kBatchNormBias), chunk,
              bias_gradient);
      const at::Tensor scale =
          State(i, ParameterKind::kBatchNormWeight) * inverse;
      AddGradient(source, gradient * PerChannel(scale), chunk);
      break;
    }
    case LayerKind::kAveragePool3x3:
      AddGradient(source, AveragePool3x3Gradient(gradient), chunk);
      break;
    case LayerKind::kAveragePool2x2:
      AddGradient(
          source,
          (gradient / 4).repeat_interleave(2, 2).repeat_interleave(2, 3),
          chunk);
      break;
    case LayerKind::kSum:
      for (const int input : layer.inputs) AddGradient(input, gradient, chunk);
      break;
    case LayerKind::kGlobalAveragePool: {
      const int64_t size = layer.in_size;
      AddGradient(source,
                  (gradient / (size * size))
                      .unsqueeze(2)
                      .unsqueeze(3)
                      .expand({-1, -1, size, size}),
                  chunk);
      break;
    }
    case LayerKind::kLinear: {
      const int weight = Parameter(i, ParameterKind::kLinearWeight);
      SetRows(weight, chunk,
              gradient.unsqueeze(2) * chunk.values[source].unsqueeze(1));
      SetRows(Parameter(i, ParameterKind::kLinearBias), chunk, gradient);
      AddGradient(source, gradient.mm(state_[weight]), chunk);
      break;
    }
  }
  chunk.values[layer.output].reset();
}

void Walk::BackwardGroup(const ConvolutionGroup& group, Chunk& chunk) {
  const Layer& shape = layer(group.members[0].layer);
  const int source = shape.inputs[0];
  const at::Tensor& input = chunk.values[source];
  std::vector<at::Tensor> parts;
  for (const Convolution& member : group.members) {
    parts.push_back(std::move(chunk.gradients[member.output]));
  }
  const at::Tensor gradient =
      parts.size() == 1 ? parts[0].contiguous() : at::cat(parts, 1);
  parts.clear();
  const at::Tensor products = PatchProducts(shape, input, gradient);
  int64_t channel = 0;
  for (const Convolution& member : group.members) {
    const int64_t channels = layer(member.layer).out_channels;
    SetConvolutionRows(member, chunk, products.narrow(1, channel, channels),
                       gradient.narrow(1, channel, channels));
    channel += channels;
  }
  if (!trainable_[source]) return;
  AddGradient(source,
              std::get<0>(at::convolution_backward(
                  gradient, input, group.weight,
                  /*bias_sizes=*/c10::nullopt, {shape.stride, shape.stride},
                  {shape.padding, shape.padding}, /*dilation=*/{1, 1},
                  /*transposed=*/false, /*output_padding=*/{0, 0},
                  /*groups=*/1, {true, false, false})),
              chunk);
}

void Walk::SetConvolutionRows(const Convolution& member, const Chunk& chunk,
                              const at::Tensor& products,
                              const at::Tensor& gradient) {
  at::Tensor rows = Rows(member.weight, chunk, products.size(0));
  if (member.norm < 0) {
    rows.copy_(products);
    return;
  }
  const at::Tensor inverse = InverseDeviation(member.norm);
  const at::Tensor scale = state_[member.norm_weight] * inverse;
  const at::Tensor mean = State(member.norm, ParameterKind::kRunningMean);
  const at::Tensor bias_gradient = gradient.sum({2, 3});
  rows.copy_(products);
  const at::Tensor weight_products =
      (rows * state_[member.weight]).sum({2, 3, 4});
  SetRows(member.norm_weight, chunk,
          (weight_products - mean * bias_gradient) * inverse);
  SetRows(member.norm_bias, chunk, bias_gradient);
  rows.mul_(scale.view({-1, 1, 1, 1}));
}

}  // namespace

at::Tensor VisitSampleGradients(const NetworkPlan& plan,
                                const Normalizer& normalizer,
                                const std::vector<at::Tensor>& state,
                                const at::Tensor& images,
                                const LogitGradientFunction& logit_gradients,
                                const SampleGradientVisitor& visitor) {
  at::NoGradGuard no_graph;
  Walk walk(plan, normalizer, state, visitor);
  at::Tensor logits = walk.Forward(images.to(state[0].options()));
  walk.Backward(logit_gradients(logits).to(state[0].options()));
  return logits;
}

}  // namespace robbench
