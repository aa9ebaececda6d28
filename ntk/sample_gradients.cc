#include "ntk/sample_gradients.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <utility>

#include "nas/network_operations.h"

namespace robbench {
namespace {

// Bytes of patches held at a time: the second-level cache, not memory, is
// what this is about.
constexpr int64_t kPatchBytes = 4 << 20;

// A convolution and the BatchNorm that alone reads its output, if any.
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

class Walk {
 public:
  Walk(const NetworkPlan& plan, const Normalizer& normalizer,
       const std::vector<at::Tensor>& state,
       const SampleGradientVisitor& visitor)
      : plan_(plan),
        normalizer_(normalizer),
        state_(state),
        visitor_(visitor),
        values_(plan.num_values),
        gradients_(plan.num_values) {
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

  void ForwardLayer(int i);
  void BackwardLayer(int i);
  void ForwardGroup(const ConvolutionGroup& group);
  void BackwardGroup(const ConvolutionGroup& group);
  // V of the whole group, [B, sum of out, in k k].
  at::Tensor PatchProducts(const Layer& shape, const at::Tensor& input,
                           const at::Tensor& gradient) const;
  void VisitConvolution(const Convolution& member, const at::Tensor& products,
                        const at::Tensor& gradient) const;

  void AddGradient(int value, const at::Tensor& gradient) {
    if (!trainable_[value]) return;
    at::Tensor& sum = gradients_[value];
    sum = sum.defined() ? sum + gradient : gradient;
  }
  void Visit(int parameter, const at::Tensor& gradients) const {
    visitor_(parameter, gradients);
  }

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
  std::vector<at::Tensor> values_;
  std::vector<at::Tensor> gradients_;  // by value
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
    Convolution member{.layer = static_cast<int>(i),
                       .output = layer.output,
                       .weight =
                           Parameter(i, ParameterKind::kConvolutionWeight)};
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
      biases.push_back(
          state_[member.norm_bias] -
          State(member.norm, ParameterKind::kRunningMean) * scale);
    }
    group.weight = at::cat(weights);
    group.bias = at::cat(biases);
  }
}

at::Tensor Walk::Forward(const at::Tensor& images) {
  batch_ = images.size(0);
  values_[0] = images;
  for (size_t i = 0; i < plan_.layers.size(); ++i) {
    const Layer& layer = plan_.layers[i];
    if (!layer.live) continue;
    ForwardLayer(static_cast<int>(i));
    for (const int input : layer.inputs) {
      // A folded BatchNorm is the last reader of a value that never was.
      if (readers_[input].back() == static_cast<int>(i) && !kept_[input]) {
        values_[input].reset();
      }
    }
  }
  return values_[plan_.logits];
}

void Walk::ForwardLayer(int i) {
  const Layer& layer = plan_.layers[i];
  const at::Tensor& input = values_[layer.inputs[0]];
  at::Tensor& output = values_[layer.output];
  switch (layer.kind) {
    case LayerKind::kNormalize:
      output = NormalizeImages(input, normalizer_);
      return;
    case LayerKind::kZero:
      output = at::zeros(
          {batch_, layer.out_channels, layer.out_size, layer.out_size},
          state_[0].options());
      return;
    case LayerKind::kRelu:
      output = at::relu(input);
      return;
    case LayerKind::kConvolution: {
      const ConvolutionGroup& group = groups_[group_of_layer_[i]];
      if (group.members[0].layer == i) ForwardGroup(group);
      return;
    }
    case LayerKind::kBatchNorm: {
      if (folded_[i]) return;
      const at::Tensor scale =
          State(i, ParameterKind::kBatchNormWeight) * InverseDeviation(i);
      const at::Tensor shift =
          State(i, ParameterKind::kBatchNormBias) -
          State(i, ParameterKind::kRunningMean) * scale;
      output = input * scale.view({-1, 1, 1}) + shift.view({-1, 1, 1});
      return;
    }
    case LayerKind::kAveragePool3x3:
      output = AveragePool3x3(input);
      return;
    case LayerKind::kAveragePool2x2:
      output = at::avg_pool2d(input.contiguous(), 2);
      return;
    case LayerKind::kSum:
      output = input + values_[layer.inputs[1]];
      for (size_t k = 2; k < layer.inputs.size(); ++k) {
        output += values_[layer.inputs[k]];
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

void Walk::ForwardGroup(const ConvolutionGroup& group) {
  const Layer& shape = layer(group.members[0].layer);
  const at::Tensor output =
      at::conv2d(values_[shape.inputs[0]], group.weight, group.bias,
                 shape.stride, shape.padding);
  int64_t channel = 0;
  for (const Convolution& member : group.members) {
    const int64_t channels = layer(member.layer).out_channels;
    values_[member.output] = output.narrow(1, channel, channels);
    channel += channels;
  }
}

void Walk::Backward(const at::Tensor& logit_gradients) {
  gradients_[plan_.logits] = logit_gradients;
  for (int i = static_cast<int>(plan_.layers.size()) - 1; i >= 0; --i) {
    if (layer(i).live && trainable_[layer(i).output]) BackwardLayer(i);
  }
}

void Walk::BackwardLayer(int i) {
  const Layer& layer = plan_.layers[i];
  const int source = layer.inputs[0];
  if (layer.kind == LayerKind::kConvolution) {
    // The group waits for the gradients of all its members' outputs; its
    // first member comes last here, and still before its input's producer.
    const ConvolutionGroup& group = groups_[group_of_layer_[i]];
    if (group.members[0].layer == i) BackwardGroup(group);
    return;
  }
  if (folded_[i]) return;
  const at::Tensor gradient = std::move(gradients_[layer.output]);
  switch (layer.kind) {
    case LayerKind::kNormalize:
    case LayerKind::kZero:
    case LayerKind::kConvolution:
      break;
    case LayerKind::kRelu:
      if (!trainable_[source]) break;
      AddGradient(source, at::threshold_backward(
                              gradient, values_[layer.output], 0));
      break;
    case LayerKind::kBatchNorm: {
      const at::Tensor inverse = InverseDeviation(i);
      const at::Tensor mean = State(i, ParameterKind::kRunningMean);
      const at::Tensor bias_gradient = gradient.sum({2, 3});
      const at::Tensor products = (gradient * values_[source]).sum({2, 3});
      Visit(Parameter(i, ParameterKind::kBatchNormWeight),
            (products - mean * bias_gradient) * inverse);
      Visit(Parameter(i, ParameterKind::kBatchNormBias), bias_gradient);
      const at::Tensor scale =
          State(i, ParameterKind::kBatchNormWeight) * inverse;
      AddGradient(source, gradient * scale.view({-1, 1, 1}));
      break;
    }
    case LayerKind::kAveragePool3x3:
      AddGradient(source, AveragePool3x3Gradient(gradient));
      break;
    case LayerKind::kAveragePool2x2:
      AddGradient(source, (gradient / 4)
                              .repeat_interleave(2, 2)
                              .repeat_interleave(2, 3));
      break;
    case LayerKind::kSum:
      for (const int input : layer.inputs) AddGradient(input, gradient);
      break;
    case LayerKind::kGlobalAveragePool: {
      const int64_t size = layer.in_size;
      AddGradient(source,
                  (gradient / (size * size))
                      .view({gradient.size(0), gradient.size(1), 1, 1})
                      .expand({-1, -1, size, size}));
      break;
    }
    case LayerKind::kLinear: {
      const at::Tensor& features = values_[source];
      const int weight = Parameter(i, ParameterKind::kLinearWeight);
      Visit(weight, (gradient.unsqueeze(2) * features.unsqueeze(1))
                        .reshape({gradient.size(0), -1}));
      Visit(Parameter(i, ParameterKind::kLinearBias), gradient);
      AddGradient(source, gradient.mm(state_[weight]));
      break;
    }
  }
  // A rectified value or a sum is not needed once its gradient has passed.
  values_[layer.output].reset();
}

void Walk::BackwardGroup(const ConvolutionGroup& group) {
  const Layer& shape = layer(group.members[0].layer);
  const int source = shape.inputs[0];
  std::vector<at::Tensor> parts;
  for (const Convolution& member : group.members) {
    parts.push_back(std::move(gradients_[member.output]));
  }
  const at::Tensor gradient =
      parts.size() == 1 ? parts[0].contiguous() : at::cat(parts, 1);
  parts.clear();
  {
    const at::Tensor products =
        PatchProducts(shape, values_[source], gradient);
    int64_t channel = 0;
    for (const Convolution& member : group.members) {
      const int64_t channels = layer(member.layer).out_channels;
      VisitConvolution(member, products.narrow(1, channel, channels),
                       gradient.narrow(1, channel, channels));
      channel += channels;
    }
  }
  if (!trainable_[source]) return;
  AddGradient(source,
              std::get<0>(at::convolution_backward(
                  gradient, values_[source], group.weight,
                  /*bias_sizes=*/c10::nullopt, {shape.stride, shape.stride},
                  {shape.padding, shape.padding}, /*dilation=*/{1, 1},
                  /*transposed=*/false, /*output_padding=*/{0, 0},
                  /*groups=*/1, {true, false, false})));
}

at::Tensor Walk::PatchProducts(const Layer& shape, const at::Tensor& input,
                               const at::Tensor& gradient) const {
  const int64_t batch = gradient.size(0);
  const int64_t rows = gradient.size(1);
  const int64_t columns = int64_t{shape.in_channels} * shape.kernel *
                          shape.kernel;
  const int64_t pixels = int64_t{shape.out_size} * shape.out_size;
  at::Tensor products = at::empty({batch, rows, columns}, gradient.options());
  const at::Tensor flat = gradient.view({batch, rows, pixels});
  const int64_t image_bytes = columns * pixels * gradient.element_size();
  const int64_t chunk = std::max<int64_t>(1, kPatchBytes / image_bytes);
  for (int64_t i = 0; i < batch; i += chunk) {
    const int64_t n = std::min(chunk, batch - i);
    const at::Tensor images = input.narrow(0, i, n);
    const at::Tensor patches =
        shape.kernel == 1 && shape.stride == 1
            ? images.reshape({n, columns, pixels})
            : at::im2col(images, {shape.kernel, shape.kernel}, {1, 1},
                         {shape.padding, shape.padding},
                         {shape.stride, shape.stride});
    at::Tensor out = products.narrow(0, i, n);
    at::bmm_out(out, flat.narrow(0, i, n), patches.transpose(1, 2));
  }
  return products;
}

void Walk::VisitConvolution(const Convolution& member,
                            const at::Tensor& products,
                            const at::Tensor& gradient) const {
  const int64_t batch = products.size(0);
  if (member.norm < 0) {
    Visit(member.weight, products.reshape({batch, -1}));
    return;
  }
  const at::Tensor inverse = InverseDeviation(member.norm);
  const at::Tensor scale = state_[member.norm_weight] * inverse;
  const at::Tensor weight = state_[member.weight].view({products.size(1), -1});
  const at::Tensor bias_gradient = gradient.sum({2, 3});
  const at::Tensor mean = State(member.norm, ParameterKind::kRunningMean);
  Visit(member.norm_weight,
        ((products * weight).sum(2) - mean * bias_gradient) * inverse);
  Visit(member.norm_bias, bias_gradient);
  Visit(member.weight,
        (products * scale.view({-1, 1})).reshape({batch, -1}));
}

}  // namespace

at::Tensor VisitSampleGradients(const NetworkPlan& plan,
                                const Normalizer& normalizer,
                                const std::vector<at::Tensor>& state,
                                const at::Tensor& images,
                                const at::Tensor& logit_gradients,
                                const SampleGradientVisitor& visitor) {
  Walk walk(plan, normalizer, state, visitor);
  at::Tensor logits = walk.Forward(images.to(state[0].options()));
  walk.Backward(logit_gradients.to(state[0].options()));
  return logits;
}

}  // namespace robbench
