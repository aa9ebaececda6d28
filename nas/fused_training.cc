#include "nas/fused_training.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "glog/logging.h"
#include "nas/cpu_kernels.h"
#include "nas/network_constants.h"

namespace robbench {

namespace {

BufferPlan PlanValues(const NetworkPlan& plan) {
  std::vector<BufferStep> steps;
  for (const Layer& layer : plan.layers) {
    steps.push_back({layer.kind, layer.inputs, layer.output});
  }
  return PlanBuffers(steps, plan.num_values);
}

}  // namespace

bool FusedTraining::Supports(const NetworkPlan& plan) {
  if (!CpuKernelsAvailable()) return false;
  return std::all_of(plan.layers.begin(), plan.layers.end(),
                     [](const Layer& layer) {
                       return layer.kind != LayerKind::kConvolution ||
                              SupportsConvolution(ShapeOf(layer));
                     });
}

FusedTraining::FusedTraining(const NetworkPlan& plan,
                             const FusedNormalizer& normalizer)
    : plan_(plan), normalizer_(normalizer), buffer_plan_(PlanValues(plan)) {
  CHECK(Supports(plan_));
  const int num_layers = static_cast<int>(plan_.layers.size());
  const int num_values = plan_.num_values;
  first_parameter_.assign(num_layers, -1);
  for (int p = static_cast<int>(plan_.parameters.size()) - 1; p >= 0; --p) {
    first_parameter_[plan_.parameters[p].layer] = p;
  }
  shapes_.resize(num_values);
  last_reader_.assign(num_values, -1);
  last_gradient_use_.assign(num_values, num_layers);
  kept_.assign(num_values, false);
  norm_after_.assign(num_layers, -1);
  values_.resize(num_values);
  value_gradients_.resize(num_values);
  masks_.resize(num_layers);
  statistics_.resize(num_layers);
  input_gradients_.resize(num_layers);

  std::vector<int> producer(num_values, -1);
  for (int i = 0; i < num_layers; ++i) {
    const Layer& layer = plan_.layers[i];
    shapes_[layer.output] = {layer.out_channels, layer.out_size};
    producer[layer.output] = i;
  }
  for (int i = 0; i < num_layers; ++i) {
    const Layer& layer = plan_.layers[i];
    const int source = producer[layer.inputs[0]];
    if (layer.kind == LayerKind::kBatchNorm && source >= 0 &&
        plan_.layers[source].kind == LayerKind::kConvolution) {
      norm_after_[source] = i;
    }
  }
  for (int i = 0; i < num_layers; ++i) {
    const Layer& layer = plan_.layers[i];
    for (int value : Reads(i)) last_reader_[value] = i;
    // The backward pass of these layers needs their input.
    if (layer.kind == LayerKind::kConvolution ||
        layer.kind == LayerKind::kBatchNorm) {
      kept_[Home(layer.inputs[0])] = true;
    }
    int& use = last_gradient_use_[Home(layer.output)];
    use = std::min(use, i);
    if (layer.kind == LayerKind::kConvolution && norm_after_[i] >= 0) {
      int& norm_use =
          last_gradient_use_[Home(plan_.layers[norm_after_[i]].output)];
      norm_use = std::min(norm_use, i);
    }
  }
}

bool FusedTraining::Touch(std::vector<Buffer>& buffers, int value) {
  Buffer& buffer = buffers[value];
  if (!buffer.empty()) return true;
  // A used buffer of the same shape has the same border of zeros, and its
  // inside is overwritten before it is read.
  std::vector<Buffer>& same = unused_[shapes_[value]];
  if (same.empty()) {
    buffer.assign(capacity_ * ImageFloats(value), 0.0f);
  } else {
    buffer = std::move(same.back());
    same.pop_back();
  }
  return false;
}

void FusedTraining::Release(std::vector<Buffer>& buffers, int value) {
  Buffer& buffer = buffers[value];
  if (buffer.empty()) return;
  unused_[shapes_[value]].push_back(std::move(buffer));
  buffer.clear();
}

void FusedTraining::Add(std::vector<Buffer>& buffers, int from, float scale,
                        int to) {
  const bool accumulate = Touch(buffers, to);
  AddScaled(buffers[from].data(), scale, batch_ * ImageFloats(to), accumulate,
            buffers[to].data());
}

std::vector<int> FusedTraining::Reads(int i) const {
  const Layer& layer = plan_.layers[i];
  std::vector<int> values;
  if (layer.kind == LayerKind::kSum) {
    for (const SumTerm& term : buffer_plan_.terms[i]) {
      values.push_back(Home(term.value));
    }
  } else {
    for (int input : layer.inputs) values.push_back(Home(input));
  }
  return values;
}

void FusedTraining::Forward(const float* images, int64_t batch,
                            const std::vector<const float*>& state,
                            float* logits) {
  for (int v = 0; v < plan_.num_values; ++v) {
    Release(values_, v);
    Release(value_gradients_, v);
  }
  if (batch > capacity_) {
    unused_.clear();
    capacity_ = batch;
  }
  batch_ = batch;
  for (int i = 0; i < static_cast<int>(plan_.layers.size()); ++i) {
    ForwardLayer(i, images, state, logits);
    for (int value : Reads(i)) {
      if (last_reader_[value] == i && !kept_[value]) Release(values_, value);
    }
  }
}

void FusedTraining::ForwardLayer(int i, const float* images,
                                 const std::vector<const float*>& state,
                                 float* logits) {
  const Layer& layer = plan_.layers[i];
  const int in = Home(layer.inputs[0]);
  const int out = Home(layer.output);
  const int channels = layer.in_channels;
  const int size = layer.in_size;
  const int p = first_parameter_[i];
  switch (layer.kind) {
    case LayerKind::kNormalize:
      Touch(values_, out);
      for (int64_t b = 0; b < batch_; ++b) {
        NormalizeImage(images + b * channels * size * size, normalizer_,
                       channels, size, Image(values_, out, b));
      }
      return;
    case LayerKind::kZero:
      Touch(values_, out);
      std::fill(values_[out].begin(), values_[out].end(), 0.0f);
      return;
    case LayerKind::kRelu: {
      Touch(values_, out);
      const int64_t count = batch_ * ImageFloats(out);
      masks_[i].resize(count / kVector);
      Relu(values_[in].data(), count, values_[out].data(), masks_[i].data());
      return;
    }
    case LayerKind::kConvolution: {
      const ConvolutionCall call = ForwardCall(ShapeOf(layer), state[p]);
      const bool accumulate = Touch(values_, out);
      for (int64_t b = 0; b < batch_; ++b) {
        RunCall(call, Image(values_, in, b), nullptr, accumulate,
                Image(values_, out, b));
      }
      return;
    }
    case LayerKind::kBatchNorm:
      return ForwardBatchNorm(i, state);
    case LayerKind::kAveragePool3x3: {
      std::vector<float> scratch(int64_t{channels} * (size + 2));
      const bool accumulate = Touch(values_, out);
      for (int64_t b = 0; b < batch_; ++b) {
        AveragePool3x3(Image(values_, in, b), channels, size, accumulate,
                       scratch.data(), Image(values_, out, b));
      }
      return;
    }
    case LayerKind::kAveragePool2x2:
      Touch(values_, out);
      for (int64_t b = 0; b < batch_; ++b) {
        AveragePool2x2(Image(values_, in, b), channels, size,
                       Image(values_, out, b));
      }
      return;
    case LayerKind::kSum:
      for (const SumTerm& term : buffer_plan_.terms[i]) {
        Add(values_, Home(term.value), term.scale, out);
      }
      return;
    case LayerKind::kGlobalAveragePool: {
      features_.resize(batch_ * channels);
      std::vector<double> sums(channels);
      for (int64_t b = 0; b < batch_; ++b) {
        std::fill(sums.begin(), sums.end(), 0.0);
        ChannelSums(Image(values_, in, b), channels, size, sums.data());
        for (int c = 0; c < channels; ++c) {
          features_[b * channels + c] =
              static_cast<float>(sums[c] / (size * size));
        }
      }
      return;
    }
    case LayerKind::kLinear:
      for (int64_t b = 0; b < batch_; ++b) {
        for (int k = 0; k < layer.out_channels; ++k) {
          const float* weight = state[p] + int64_t{k} * channels;
          const float* feature = &features_[b * channels];
          float sum = state[p + 1][k];
          for (int c = 0; c < channels; ++c) sum += weight[c] * feature[c];
          *logits++ = sum;
        }
      }
      return;
  }
}

void FusedTraining::ForwardBatchNorm(int i,
                                     const std::vector<const float*>& state) {
  const Layer& layer = plan_.layers[i];
  const int in = Home(layer.inputs[0]);
  const int out = Home(layer.output);
  const int channels = layer.in_channels;
  const int size = layer.in_size;
  const float* weight = state[first_parameter_[i]];
  const float* bias = state[first_parameter_[i] + 1];
  const double count = static_cast<double>(batch_) * size * size;

  Statistics& statistics = statistics_[i];
  statistics.mean.resize(channels);
  statistics.variance.resize(channels);
  statistics.inverse_deviation.resize(channels);
  std::vector<double> sums(channels);
  std::vector<double> squares(channels);
  for (int64_t b = 0; b < batch_; ++b) {
    ChannelSums(Image(values_, in, b), channels, size, sums.data());
  }
  for (int c = 0; c < channels; ++c) {
    statistics.mean[c] = static_cast<float>(sums[c] / count);
  }
  // A second pass: the difference of large sums would lose digits.
  for (int64_t b = 0; b < batch_; ++b) {
    ChannelSquares(Image(values_, in, b), statistics.mean.data(), channels,
                   size, squares.data());
  }
  std::vector<float> scale(channels);
  std::vector<float> shift(channels);
  for (int c = 0; c < channels; ++c) {
    statistics.variance[c] =
        count > 1 ? static_cast<float>(squares[c] / (count - 1)) : 0;
    statistics.inverse_deviation[c] = static_cast<float>(
        1 / std::sqrt(squares[c] / count + kBatchNormEpsilon));
    scale[c] = weight[c] * statistics.inverse_deviation[c];
    shift[c] = bias[c] - statistics.mean[c] * scale[c];
  }
  const bool accumulate = Touch(values_, out);
  for (int64_t b = 0; b < batch_; ++b) {
    ChannelAffine(Image(values_, in, b), scale.data(), shift.data(), channels,
                  size, accumulate, Image(values_, out, b));
  }
}

void FusedTraining::Backward(const float* logit_gradient,
                             const std::vector<const float*>& state,
                             const std::vector<float*>& gradients) {
  for (int i = static_cast<int>(plan_.layers.size()) - 1; i >= 0; --i) {
    const Layer& layer = plan_.layers[i];
    if (layer.live) BackwardLayer(i, logit_gradient, state, gradients);
    const int out = Home(layer.output);
    if (last_gradient_use_[out] == i) Release(value_gradients_, out);
    if (norm_after_[i] >= 0) {
      const int norm_out = Home(plan_.layers[norm_after_[i]].output);
      if (last_gradient_use_[norm_out] == i) {
        Release(value_gradients_, norm_out);
      }
    }
  }
  // Where nothing flows the gradient is zero.
  for (size_t p = 0; p < plan_.parameters.size(); ++p) {
    const Parameter& parameter = plan_.parameters[p];
    if (gradients[p] == nullptr || plan_.layers[parameter.layer].live) continue;
    int64_t count = 1;
    for (int64_t extent : parameter.shape) count *= extent;
    std::fill_n(gradients[p], count, 0.0f);
  }
}

void FusedTraining::BackwardLayer(int i, const float* logit_gradient,
                                  const std::vector<const float*>& state,
                                  const std::vector<float*>& gradients) {
  const Layer& layer = plan_.layers[i];
  const int in = Home(layer.inputs[0]);
  const int out = Home(layer.output);
  const int channels = layer.in_channels;
  const int size = layer.in_size;
  const int p = first_parameter_[i];
  switch (layer.kind) {
    case LayerKind::kNormalize:  // no gradient of the images in training
    case LayerKind::kZero:
      return;
    case LayerKind::kRelu: {
      const bool accumulate = Touch(value_gradients_, in);
      ReluGradient(value_gradients_[out].data(), masks_[i].data(),
                   batch_ * ImageFloats(out), accumulate,
                   value_gradients_[in].data());
      return;
    }
    case LayerKind::kConvolution:
      return BackwardConvolution(i, state, gradients);
    case LayerKind::kBatchNorm:
      return BackwardBatchNorm(i, state, gradients);
    case LayerKind::kAveragePool3x3: {
      std::vector<float> scratch(int64_t{channels} * (size + 2));
      const bool accumulate = Touch(value_gradients_, in);
      for (int64_t b = 0; b < batch_; ++b) {
        AveragePool3x3Adjoint(Image(value_gradients_, out, b), channels, size,
                              accumulate, scratch.data(),
                              Image(value_gradients_, in, b));
      }
      return;
    }
    case LayerKind::kAveragePool2x2: {
      const bool accumulate = Touch(value_gradients_, in);
      for (int64_t b = 0; b < batch_; ++b) {
        AveragePool2x2Adjoint(Image(value_gradients_, out, b), channels, size,
                              accumulate, Image(value_gradients_, in, b));
      }
      return;
    }
    case LayerKind::kSum:
      for (const SumTerm& term : buffer_plan_.terms[i]) {
        Add(value_gradients_, out, term.scale, Home(term.value));
      }
      return;
    case LayerKind::kGlobalAveragePool: {
      Touch(value_gradients_, in);
      const float share = 1.0f / static_cast<float>(size * size);
      for (int64_t b = 0; b < batch_; ++b) {
        const float* from = &feature_gradients_[b * channels];
        float* image = Image(value_gradients_, in, b);
        for (int y = 1; y <= size; ++y) {
          float* to = image + (int64_t{y} * (size + 2) + 1) * channels;
          for (int k = 0; k < size * channels; ++k) {
            to[k] = from[k % channels] * share;
          }
        }
      }
      return;
    }
    case LayerKind::kLinear: {
      feature_gradients_.assign(batch_ * channels, 0.0f);
      std::fill_n(gradients[p], int64_t{layer.out_channels} * channels, 0.0f);
      std::fill_n(gradients[p + 1], layer.out_channels, 0.0f);
      for (int64_t b = 0; b < batch_; ++b) {
        const float* feature = &features_[b * channels];
        float* feature_gradient = &feature_gradients_[b * channels];
        for (int k = 0; k < layer.out_channels; ++k) {
          const float g = logit_gradient[b * layer.out_channels + k];
          const float* weight = state[p] + int64_t{k} * channels;
          float* weight_gradient = gradients[p] + int64_t{k} * channels;
          gradients[p + 1][k] += g;
          for (int c = 0; c < channels; ++c) {
            weight_gradient[c] += g * feature[c];
            feature_gradient[c] += g * weight[c];
          }
        }
      }
      return;
    }
  }
}

void FusedTraining::BackwardBatchNorm(int i,
                                      const std::vector<const float*>& state,
                                      const std::vector<float*>& gradients) {
  const Layer& layer = plan_.layers[i];
  const int in = Home(layer.inputs[0]);
  const int out = Home(layer.output);
  const int channels = layer.in_channels;
  const int size = layer.in_size;
  const int p = first_parameter_[i];
  const double count = static_cast<double>(batch_) * size * size;
  const Statistics& statistics = statistics_[i];

  std::vector<double> sums(channels);
  std::vector<double> products(channels);
  for (int64_t b = 0; b < batch_; ++b) {
    ChannelProducts(Image(value_gradients_, out, b), Image(values_, in, b),
                    statistics.mean.data(), channels, size, sums.data(),
                    products.data());
  }
  InputGradient& rule = input_gradients_[i];
  rule.a.resize(channels);
  rule.b.resize(channels);
  rule.d.resize(channels);
  for (int c = 0; c < channels; ++c) {
    const double inverse = statistics.inverse_deviation[c];
    const double scale = state[p][c] * inverse;
    gradients[p][c] = static_cast<float>(products[c] * inverse);
    gradients[p + 1][c] = static_cast<float>(sums[c]);
    rule.a[c] = static_cast<float>(scale);
    rule.b[c] =
        static_cast<float>(-scale * inverse * inverse * products[c] / count);
    rule.d[c] = static_cast<float>(-scale * sums[c] / count);
  }
  // After a convolution the rule is applied there, image by image.
  for (int norm : norm_after_) {
    if (norm == i) return;
  }
  const bool accumulate = Touch(value_gradients_, in);
  for (int64_t b = 0; b < batch_; ++b) {
    BatchNormInputGradient(
        Image(value_gradients_, out, b), Image(values_, in, b),
        statistics.mean.data(), rule.a.data(), rule.b.data(), rule.d.data(),
        channels, size, accumulate, Image(value_gradients_, in, b));
  }
}

void FusedTraining::BackwardConvolution(int i,
                                        const std::vector<const float*>& state,
                                        const std::vector<float*>& gradients) {
  const Layer& layer = plan_.layers[i];
  const ConvolutionShape shape = ShapeOf(layer);
  const int in = Home(layer.inputs[0]);
  const int out = Home(layer.output);
  const int p = first_parameter_[i];
  const int norm = norm_after_[i];
  const bool to_input = shape.in_channels % kVector == 0;
  std::vector<ConvolutionCall> calls;
  bool accumulate = false;
  if (to_input) {
    calls = InputGradientCalls(shape, state[p]);
    accumulate = Touch(value_gradients_, in);
  }
  const int64_t weights = int64_t{shape.kernel} * shape.kernel *
                          shape.in_channels * shape.out_channels;
  std::vector<float> total(weights);
  std::vector<float> one(weights);
  std::vector<float> scratch(norm >= 0 ? ImageFloats(layer.output) : 0);
  for (int64_t b = 0; b < batch_; ++b) {
    const float* gradient;
    if (norm >= 0) {
      const InputGradient& rule = input_gradients_[norm];
      BatchNormInputGradient(
          Image(value_gradients_, Home(plan_.layers[norm].output), b),
          Image(values_, out, b), statistics_[norm].mean.data(), rule.a.data(),
          rule.b.data(), rule.d.data(), shape.out_channels, shape.out_size,
          /*accumulate=*/false, scratch.data());
      gradient = scratch.data();
    } else {
      gradient = Image(value_gradients_, out, b);
    }
    // Image by image, so that long sums in float32 stay accurate.
    std::fill(one.begin(), one.end(), 0.0f);
    AddWeightGradient(shape, Image(values_, in, b), gradient, one.data());
    for (int64_t k = 0; k < weights; ++k) total[k] += one[k];
    for (const ConvolutionCall& call : calls) {
      RunCall(call, gradient, nullptr, accumulate,
              Image(value_gradients_, in, b));
    }
  }
  UnpackWeightGradient(shape, total.data(), gradients[p]);
}

}  // namespace robbench
