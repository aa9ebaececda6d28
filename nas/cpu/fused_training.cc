#include "nas/cpu/fused_training.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "glog/logging.h"
#include "nas/cpu/cpu_kernels.h"
#include "nas/network/network_constants.h"

namespace robbench {
namespace {

BufferPlan PlanValues(const NetworkPlan& plan) {
  std::vector<BufferStep> steps;
  for (const Layer& layer : plan.layers) {
    steps.push_back({layer.kind, layer.inputs, layer.output});
  }
  return PlanBuffers(steps, plan.num_values);
}

// Whether the layer's output is an image, not a vector.
bool MakesImage(LayerKind kind) {
  return kind != LayerKind::kGlobalAveragePool && kind != LayerKind::kLinear;
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
  norm_after_.assign(num_layers, -1);
  follows_convolution_.assign(num_layers, false);
  values_.resize(num_values);
  value_gradients_.resize(num_values);
  masks_.resize(num_layers);
  work_.resize(num_layers);
  statistics_.resize(num_layers);
  input_gradients_.resize(num_layers);
  for (int i = 0; i < num_layers; ++i) {
    const Layer& layer = plan_.layers[i];
    shapes_[layer.output] = {layer.out_channels, layer.out_size};
    if (layer.kind == LayerKind::kBatchNorm &&
        plan_.layers[i - 1].kind == LayerKind::kConvolution &&
        plan_.layers[i - 1].output == layer.inputs[0]) {
      norm_after_[i - 1] = i;
      follows_convolution_[i] = true;
    }
  }
  PlanSegments();
}

void FusedTraining::PlanSegments() {
  const int num_layers = static_cast<int>(plan_.layers.size());
  forward_.emplace_back();
  for (int i = 0; i < num_layers; ++i) {
    if (plan_.layers[i].kind == LayerKind::kBatchNorm) {
      forward_.back().push_back({Step::kReduce, i});
      forward_.emplace_back();
    }
    forward_.back().push_back({Step::kLayer, i});
  }
  backward_.emplace_back();
  for (int i = num_layers - 1; i >= 0; --i) {
    if (!plan_.layers[i].live) continue;
    if (plan_.layers[i].kind == LayerKind::kBatchNorm) {
      backward_.back().push_back({Step::kReduce, i});
      backward_.emplace_back();
      // After a convolution its gradient is computed there, where it is used.
      if (follows_convolution_[i]) continue;
    }
    backward_.back().push_back({Step::kLayer, i});
  }

  value_use_.resize(plan_.num_values);
  gradient_use_.resize(plan_.num_values);
  last_backward_read_.assign(plan_.num_values, -1);
  std::vector<int> values;
  std::vector<int> gradients;
  for (int s = 0; s < static_cast<int>(forward_.size()); ++s) {
    values.clear();
    for (const Step& step : forward_[s]) ForwardUse(step, values);
    for (int value : values) value_use_[value].Add(s);
  }
  for (int s = 0; s < static_cast<int>(backward_.size()); ++s) {
    values.clear();
    gradients.clear();
    for (const Step& step : backward_[s]) BackwardUse(step, values, gradients);
    for (int value : values) last_backward_read_[value] = s;
    for (int value : gradients) gradient_use_[value].Add(s);
  }
}

void FusedTraining::ForwardUse(const Step& step,
                               std::vector<int>& values) const {
  const Layer& layer = plan_.layers[step.layer];
  if (layer.kind == LayerKind::kLinear) return;
  if (layer.kind == LayerKind::kSum) {
    for (const SumTerm& term : buffer_plan_.terms[step.layer]) {
      values.push_back(Home(term.value));
      values.push_back(Home(layer.output));
    }
    return;
  }
  if (layer.kind != LayerKind::kNormalize && layer.kind != LayerKind::kZero) {
    values.push_back(Home(layer.inputs[0]));
  }
  if (step.kind == Step::kLayer && MakesImage(layer.kind)) {
    values.push_back(Home(layer.output));
  }
}

void FusedTraining::BackwardUse(const Step& step, std::vector<int>& values,
                                std::vector<int>& gradients) const {
  const Layer& layer = plan_.layers[step.layer];
  const int in = Home(layer.inputs[0]);
  const int out = Home(layer.output);
  switch (layer.kind) {
    case LayerKind::kNormalize:
    case LayerKind::kZero:
    case LayerKind::kLinear:
      return;
    case LayerKind::kSum:
      for (const SumTerm& term : buffer_plan_.terms[step.layer]) {
        gradients.push_back(out);
        gradients.push_back(Home(term.value));
      }
      return;
    case LayerKind::kGlobalAveragePool:
      gradients.push_back(in);
      return;
    case LayerKind::kBatchNorm:
      values.push_back(in);
      gradients.push_back(out);
      if (step.kind == Step::kLayer) gradients.push_back(in);
      return;
    case LayerKind::kConvolution: {
      values.push_back(in);
      const int norm = norm_after_[step.layer];
      if (norm >= 0) values.push_back(out);
      gradients.push_back(norm < 0 ? out : Home(plan_.layers[norm].output));
      if (layer.in_channels % kVector == 0) gradients.push_back(in);
      return;
    }
    case LayerKind::kRelu:
    case LayerKind::kAveragePool3x3:
    case LayerKind::kAveragePool2x2:
      gradients.push_back(out);
      gradients.push_back(in);
      return;
  }
}

bool FusedTraining::Touch(std::vector<Buffer>& buffers, int value,
                          const Use& use) {
  Buffer& buffer = buffers[value];
  if (!buffer.data.empty()) return true;
  const bool one_image = use.first == use.last;
  // A used buffer of the same shape has the same border of zeros, and its
  // inside is overwritten before it is read.
  std::vector<Buffer>& same = unused_[{shapes_[value], one_image}];
  if (same.empty()) {
    buffer.data.assign((one_image ? 1 : capacity_) * ImageFloats(value), 0.0f);
    buffer.stride = one_image ? 0 : ImageFloats(value);
  } else {
    buffer = std::move(same.back());
    same.pop_back();
  }
  return false;
}

bool FusedTraining::TouchValue(int value) {
  Use use = value_use_[value];
  if (last_backward_read_[value] >= 0) use = {0, 1};  // kept
  return Touch(values_, value, use);
}

bool FusedTraining::TouchGradient(int value) {
  return Touch(value_gradients_, value, gradient_use_[value]);
}

void FusedTraining::Release(std::vector<Buffer>& buffers, int value) {
  Buffer& buffer = buffers[value];
  if (buffer.data.empty()) return;
  unused_[{shapes_[value], buffer.stride == 0}].push_back(std::move(buffer));
  buffer = {};
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
  const Pass pass{.images = images, .logits = logits, .state = &state};
  for (int s = 0; s < static_cast<int>(forward_.size()); ++s) {
    for (const Step& step : forward_[s]) BeginForward(step, pass);
    for (int64_t b = 0; b < batch_; ++b) {
      for (const Step& step : forward_[s]) ForwardImage(step, pass, b);
    }
    for (const Step& step : forward_[s]) EndForward(step);
    for (int v = 0; v < plan_.num_values; ++v) {
      if (value_use_[v].last == s && last_backward_read_[v] < 0) {
        Release(values_, v);
      }
    }
  }
}

void FusedTraining::BeginForward(const Step& step, const Pass& pass) {
  const int i = step.layer;
  const Layer& layer = plan_.layers[i];
  const int channels = layer.in_channels;
  const int p = first_parameter_[i];
  Work& work = work_[i];
  if (step.kind == Step::kReduce) {
    work.mean.assign(channels, 0);
    work.deviations.assign(channels, 0);
    return;
  }
  work.accumulate.clear();
  if (layer.kind == LayerKind::kSum) {
    for (size_t k = 0; k < buffer_plan_.terms[i].size(); ++k) {
      work.accumulate.push_back(TouchValue(Home(layer.output)));
    }
    return;
  }
  if (MakesImage(layer.kind)) {
    work.accumulate.push_back(TouchValue(Home(layer.output)));
  }
  switch (layer.kind) {
    case LayerKind::kRelu:
      masks_[i].resize(batch_ * ImageFloats(layer.output) / kVector);
      return;
    case LayerKind::kConvolution:
      work.calls = {ForwardCall(ShapeOf(layer), (*pass.state)[p],
                                ConvolutionMethod::kFastest)};
      return;
    case LayerKind::kBatchNorm: {
      const float* weight = (*pass.state)[p];
      const float* bias = (*pass.state)[p + 1];
      const Statistics& statistics = statistics_[i];
      work.scale.resize(channels);
      work.shift.resize(channels);
      for (int c = 0; c < channels; ++c) {
        work.scale[c] = weight[c] * statistics.inverse_deviation[c];
        work.shift[c] = bias[c] - statistics.mean[c] * work.scale[c];
      }
      return;
    }
    case LayerKind::kAveragePool3x3:
      work.scratch.resize(int64_t{channels} * (layer.in_size + 2));
      return;
    case LayerKind::kGlobalAveragePool:
      features_.resize(batch_ * channels);
      work.sums.resize(channels);
      return;
    default:
      return;
  }
}

void FusedTraining::ForwardImage(const Step& step, const Pass& pass,
                                 int64_t b) {
  const int i = step.layer;
  if (step.kind == Step::kReduce) return AddStatistics(i, b);
  const Layer& layer = plan_.layers[i];
  const int in = Home(layer.inputs[0]);
  const int out = Home(layer.output);
  const int channels = layer.in_channels;
  const int size = layer.in_size;
  Work& work = work_[i];
  switch (layer.kind) {
    case LayerKind::kNormalize:
      NormalizeImage(pass.images + b * channels * size * size, normalizer_,
                     channels, size, Image(values_, out, b));
      return;
    case LayerKind::kZero:
      if (work.accumulate[0]) return;
      std::fill_n(Image(values_, out, b), ImageFloats(out), 0.0f);
      return;
    case LayerKind::kRelu: {
      const int64_t count = ImageFloats(out);
      Relu(Image(values_, in, b), count, Image(values_, out, b),
           &masks_[i][b * count / kVector]);
      return;
    }
    case LayerKind::kConvolution:
      RunCall(work.calls[0],
              {.in = Image(values_, in, b), .out = Image(values_, out, b)},
              nullptr, work.accumulate[0]);
      return;
    case LayerKind::kBatchNorm:
      ChannelAffine(Image(values_, in, b), work.scale.data(), work.shift.data(),
                    channels, size, work.accumulate[0], Image(values_, out, b));
      return;
    case LayerKind::kAveragePool3x3:
      AveragePool3x3(Image(values_, in, b), channels, size, work.accumulate[0],
                     work.scratch.data(), Image(values_, out, b));
      return;
    case LayerKind::kAveragePool2x2:
      AveragePool2x2(Image(values_, in, b), channels, size,
                     Image(values_, out, b));
      return;
    case LayerKind::kSum: {
      const std::vector<SumTerm>& terms = buffer_plan_.terms[i];
      for (size_t k = 0; k < terms.size(); ++k) {
        AddScaled(Image(values_, Home(terms[k].value), b), terms[k].scale,
                  ImageFloats(out), work.accumulate[k], Image(values_, out, b));
      }
      return;
    }
    case LayerKind::kGlobalAveragePool:
      std::fill(work.sums.begin(), work.sums.end(), 0.0);
      ChannelSums(Image(values_, in, b), channels, size, work.sums.data());
      for (int c = 0; c < channels; ++c) {
        features_[b * channels + c] =
            static_cast<float>(work.sums[c] / (size * size));
      }
      return;
    case LayerKind::kLinear: {
      const float* weight = (*pass.state)[first_parameter_[i]];
      const float* bias = (*pass.state)[first_parameter_[i] + 1];
      const float* feature = &features_[b * channels];
      for (int k = 0; k < layer.out_channels; ++k) {
        float sum = bias[k];
        for (int c = 0; c < channels; ++c) {
          sum += weight[int64_t{k} * channels + c] * feature[c];
        }
        pass.logits[b * layer.out_channels + k] = sum;
      }
      return;
    }
  }
}

// Mean and squared deviations image by image (Chan, Golub, LeVeque 1979), each
// image about the mean so far: no difference of large sums.
void FusedTraining::AddStatistics(int i, int64_t b) {
  const Layer& layer = plan_.layers[i];
  const int channels = layer.in_channels;
  const int size = layer.in_size;
  const double count = static_cast<double>(size) * size;
  const float* in = Image(values_, Home(layer.inputs[0]), b);
  Work& work = work_[i];
  work.sums.assign(channels, 0);
  work.products.assign(channels, 0);
  work.shift.resize(channels);
  if (b == 0) {
    ChannelSums(in, channels, size, work.sums.data());
    for (int c = 0; c < channels; ++c) work.mean[c] = work.sums[c] / count;
    work.sums.assign(channels, 0);
  }
  for (int c = 0; c < channels; ++c) {
    work.shift[c] = static_cast<float>(work.mean[c]);
  }
  ChannelMoments(in, work.shift.data(), channels, size, work.sums.data(),
                 work.products.data());
  const double images = static_cast<double>(b);
  for (int c = 0; c < channels; ++c) {
    const double offset = work.sums[c] / count;
    const double squares = work.products[c] - count * offset * offset;
    const double step = b == 0 ? 0 : work.shift[c] + offset - work.mean[c];
    if (b == 0) work.mean[c] = work.shift[c] + offset;
    work.mean[c] += step / (images + 1);
    work.deviations[c] +=
        std::max(squares, 0.0) + step * step * count * images / (images + 1);
  }
}

void FusedTraining::EndForward(const Step& step) {
  if (step.kind != Step::kReduce) return;
  const int i = step.layer;
  const int channels = plan_.layers[i].in_channels;
  const int size = plan_.layers[i].in_size;
  const double count = static_cast<double>(batch_) * size * size;
  const Work& work = work_[i];
  Statistics& statistics = statistics_[i];
  statistics.mean.resize(channels);
  statistics.variance.resize(channels);
  statistics.inverse_deviation.resize(channels);
  for (int c = 0; c < channels; ++c) {
    const double deviations = work.deviations[c];
    statistics.mean[c] = static_cast<float>(work.mean[c]);
    statistics.variance[c] =
        count > 1 ? static_cast<float>(deviations / (count - 1)) : 0;
    statistics.inverse_deviation[c] = static_cast<float>(
        1 / std::sqrt(deviations / count + kBatchNormEpsilon));
  }
}

void FusedTraining::Backward(const float* logit_gradient,
                             const std::vector<const float*>& state,
                             const std::vector<float*>& gradients) {
  const Pass pass{.logit_gradient = logit_gradient,
                  .state = &state,
                  .gradients = &gradients};
  for (int s = 0; s < static_cast<int>(backward_.size()); ++s) {
    for (const Step& step : backward_[s]) BeginBackward(step, pass);
    for (int64_t b = 0; b < batch_; ++b) {
      for (const Step& step : backward_[s]) BackwardImage(step, pass, b);
    }
    for (const Step& step : backward_[s]) EndBackward(step, pass);
    for (int v = 0; v < plan_.num_values; ++v) {
      if (gradient_use_[v].last == s) Release(value_gradients_, v);
      if (last_backward_read_[v] == s) Release(values_, v);
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

void FusedTraining::BeginBackward(const Step& step, const Pass& pass) {
  const int i = step.layer;
  const Layer& layer = plan_.layers[i];
  const int channels = layer.in_channels;
  const int p = first_parameter_[i];
  Work& work = work_[i];
  if (step.kind == Step::kReduce) {
    work.sums.assign(channels, 0);
    work.products.assign(channels, 0);
    return;
  }
  work.accumulate.clear();
  switch (layer.kind) {
    case LayerKind::kNormalize:  // no gradient of the images in training
    case LayerKind::kZero:
      return;
    case LayerKind::kSum:
      for (const SumTerm& term : buffer_plan_.terms[i]) {
        work.accumulate.push_back(TouchGradient(Home(term.value)));
      }
      return;
    case LayerKind::kLinear:
      feature_gradients_.resize(channels);
      std::fill_n((*pass.gradients)[p], int64_t{layer.out_channels} * channels,
                  0.0f);
      std::fill_n((*pass.gradients)[p + 1], layer.out_channels, 0.0f);
      return;
    case LayerKind::kConvolution: {
      const ConvolutionShape shape = ShapeOf(layer);
      const int64_t weights = int64_t{shape.kernel} * shape.kernel *
                              shape.in_channels * shape.out_channels;
      work.total.assign(weights, 0);
      work.one.resize(weights);
      if (norm_after_[i] >= 0) work.scratch.resize(ImageFloats(layer.output));
      work.calls.clear();
      if (shape.in_channels % kVector != 0) return;
      work.calls = InputGradientCalls(shape, (*pass.state)[p],
                                      ConvolutionMethod::kFastest);
      break;
    }
    case LayerKind::kAveragePool3x3:
      work.scratch.resize(int64_t{channels} * (layer.in_size + 2));
      break;
    default:
      break;
  }
  work.accumulate.push_back(TouchGradient(Home(layer.inputs[0])));
}

void FusedTraining::BackwardImage(const Step& step, const Pass& pass,
                                  int64_t b) {
  const int i = step.layer;
  const Layer& layer = plan_.layers[i];
  const int in = Home(layer.inputs[0]);
  const int out = Home(layer.output);
  const int channels = layer.in_channels;
  const int size = layer.in_size;
  Work& work = work_[i];
  if (step.kind == Step::kReduce) {
    ChannelProducts(Image(value_gradients_, out, b), Image(values_, in, b),
                    statistics_[i].mean.data(), channels, size,
                    work.sums.data(), work.products.data());
    return;
  }
  switch (layer.kind) {
    case LayerKind::kNormalize:
    case LayerKind::kZero:
      return;
    case LayerKind::kRelu: {
      const int64_t count = ImageFloats(out);
      ReluGradient(Image(value_gradients_, out, b),
                   &masks_[i][b * count / kVector], count, work.accumulate[0],
                   Image(value_gradients_, in, b));
      return;
    }
    case LayerKind::kConvolution:
      return ConvolutionGradient(i, b);
    case LayerKind::kBatchNorm: {
      const InputGradient& rule = input_gradients_[i];
      BatchNormInputGradient(Image(value_gradients_, out, b),
                             Image(values_, in, b), statistics_[i].mean.data(),
                             rule.a.data(), rule.b.data(), rule.d.data(),
                             channels, size, work.accumulate[0],
                             Image(value_gradients_, in, b));
      return;
    }
    case LayerKind::kAveragePool3x3:
      AveragePool3x3Adjoint(Image(value_gradients_, out, b), channels, size,
                            work.accumulate[0], work.scratch.data(),
                            Image(value_gradients_, in, b));
      return;
    case LayerKind::kAveragePool2x2:
      AveragePool2x2Adjoint(Image(value_gradients_, out, b), channels, size,
                            work.accumulate[0], Image(value_gradients_, in, b));
      return;
    case LayerKind::kSum: {
      const std::vector<SumTerm>& terms = buffer_plan_.terms[i];
      for (size_t k = 0; k < terms.size(); ++k) {
        AddScaled(Image(value_gradients_, out, b), terms[k].scale,
                  ImageFloats(out), work.accumulate[k],
                  Image(value_gradients_, Home(terms[k].value), b));
      }
      return;
    }
    case LayerKind::kGlobalAveragePool: {
      const auto pixels = static_cast<float>(size * size);
      float* image = Image(value_gradients_, in, b);
      for (int y = 1; y <= size; ++y) {
        float* to = image + (int64_t{y} * (size + 2) + 1) * channels;
        for (int x = 0; x < size; ++x) {
          for (int c = 0; c < channels; ++c) {
            *to++ = feature_gradients_[c] / pixels;
          }
        }
      }
      return;
    }
    case LayerKind::kLinear: {
      const int p = first_parameter_[i];
      const float* feature = &features_[b * channels];
      std::fill(feature_gradients_.begin(), feature_gradients_.end(), 0.0f);
      for (int k = 0; k < layer.out_channels; ++k) {
        const float g = pass.logit_gradient[b * layer.out_channels + k];
        const float* weight = (*pass.state)[p] + int64_t{k} * channels;
        float* weight_gradient = (*pass.gradients)[p] + int64_t{k} * channels;
        (*pass.gradients)[p + 1][k] += g;
        for (int c = 0; c < channels; ++c) {
          weight_gradient[c] += g * feature[c];
          feature_gradients_[c] += g * weight[c];
        }
      }
      return;
    }
  }
}

void FusedTraining::ConvolutionGradient(int i, int64_t b) {
  const Layer& layer = plan_.layers[i];
  const ConvolutionShape shape = ShapeOf(layer);
  const int in = Home(layer.inputs[0]);
  const int out = Home(layer.output);
  const int norm = norm_after_[i];
  Work& work = work_[i];
  const float* gradient;
  if (norm >= 0) {
    const InputGradient& rule = input_gradients_[norm];
    BatchNormInputGradient(
        Image(value_gradients_, Home(plan_.layers[norm].output), b),
        Image(values_, out, b), statistics_[norm].mean.data(), rule.a.data(),
        rule.b.data(), rule.d.data(), shape.out_channels, shape.out_size,
        /*accumulate=*/false, work.scratch.data());
    gradient = work.scratch.data();
  } else {
    gradient = Image(value_gradients_, out, b);
  }
  // Image by image, so that long sums in float32 stay accurate.
  std::fill(work.one.begin(), work.one.end(), 0.0f);
  AddWeightGradient(shape, Image(values_, in, b), gradient, work.one.data());
  for (size_t k = 0; k < work.one.size(); ++k) work.total[k] += work.one[k];
  for (const ConvolutionCall& call : work.calls) {
    RunCall(call, {.in = gradient, .out = Image(value_gradients_, in, b)},
            nullptr, work.accumulate[0]);
  }
}

void FusedTraining::EndBackward(const Step& step, const Pass& pass) {
  const int i = step.layer;
  const Layer& layer = plan_.layers[i];
  const int p = first_parameter_[i];
  Work& work = work_[i];
  if (step.kind != Step::kReduce) {
    if (layer.kind == LayerKind::kConvolution) {
      UnpackWeightGradient(ShapeOf(layer), work.total.data(),
                           (*pass.gradients)[p]);
    }
    return;
  }
  const int channels = layer.in_channels;
  const double count =
      static_cast<double>(batch_) * layer.in_size * layer.in_size;
  InputGradient& rule = input_gradients_[i];
  rule.a.resize(channels);
  rule.b.resize(channels);
  rule.d.resize(channels);
  for (int c = 0; c < channels; ++c) {
    const double inverse = statistics_[i].inverse_deviation[c];
    const double scale = (*pass.state)[p][c] * inverse;
    const double product = work.products[c];
    (*pass.gradients)[p][c] = static_cast<float>(product * inverse);
    (*pass.gradients)[p + 1][c] = static_cast<float>(work.sums[c]);
    rule.a[c] = static_cast<float>(scale);
    rule.b[c] =
        static_cast<float>(-scale * inverse * inverse * product / count);
    rule.d[c] = static_cast<float>(-scale * work.sums[c] / count);
  }
}

}  // namespace robbench
