#include "nas/cpu/training_engine.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <variant>

#include "nas/cpu/cpu_kernels.h"
#include "nas/network/network_constants.h"

namespace robbench {

TrainingEngine::TrainingEngine(const NetworkPlan& plan,
                               const PixelNormalizer& normalizer)
    : plan_(plan),
      normalizer_(normalizer),
      program_(CompileProgram(plan, ProgramPurpose::kTraining)),
      first_parameter_(plan.FirstParameters()),
      convolutions_(plan.layers.size()),
      norms_(plan.layers.size()) {}

LinearLayer TrainingEngine::Linear(
    int layer, const std::vector<const float*>& state) const {
  const int p = first_parameter_[layer];
  return {state[p], state[p + 1], plan_.layers[layer].out_channels,
          plan_.layers[layer].in_channels};
}

void TrainingEngine::Forward(const float* images, int64_t batch,
                             const std::vector<const float*>& state,
                             float* logits) {
  if (batch > capacity_) {
    slots_.reset();
    slots_.emplace(program_, batch);
    capacity_ = batch;
  }
  batch_ = batch;
  masks_.resize(batch * program_.mask_bytes);
  const Pass pass{images, logits, nullptr, state, nullptr};
  for (const ProgramPhase& phase : program_.forward) {
    for (const Instruction& i : phase.instructions) BeginForward(i, pass);
    RunPhase(phase, batch, [&](const Instruction& i, int64_t b, int64_t) {
      ForwardImage(i, pass, b);
    });
    for (const Instruction& i : phase.instructions) EndForward(i);
  }
}

void TrainingEngine::BeginForward(const Instruction& instruction,
                                  const Pass& pass) {
  const int channels = instruction.channels;
  const int p = first_parameter_[instruction.layer];
  Norm& norm = norms_[instruction.layer];
  if (std::holds_alternative<Instruction::Statistics>(instruction.kernel)) {
    norm.mean.assign(channels, 0);
    norm.deviations.assign(channels, 0);
  } else if (std::holds_alternative<Instruction::Convolution>(
                 instruction.kernel)) {
    convolutions_[instruction.layer].forward = {
        ForwardCall(ShapeOf(plan_.layers[instruction.layer]), pass.state[p],
                    ConvolutionMethod::kFastest)};
  } else if (std::holds_alternative<Instruction::BatchNorm>(
                 instruction.kernel)) {
    const Statistics& statistics = norm.statistics;
    norm.scale.resize(channels);
    norm.shift.resize(channels);
    for (int c = 0; c < channels; ++c) {
      norm.scale[c] = pass.state[p][c] * statistics.inverse_deviation[c];
      norm.shift[c] = pass.state[p + 1][c] - statistics.mean[c] * norm.scale[c];
    }
  } else if (std::holds_alternative<Instruction::Head>(instruction.kernel)) {
    features_.resize(batch_ * channels);
    feature_sums_.resize(channels);
  }
}

void TrainingEngine::ForwardImage(const Instruction& instruction,
                                  const Pass& pass, int64_t b) {
  const int layer = instruction.layer;
  const int channels = instruction.channels;
  const int size = instruction.size;
  const float* in = Image(instruction.in, b);
  float* out = Image(instruction.out, b);
  if (std::holds_alternative<Instruction::Normalize>(instruction.kernel)) {
    NormalizeImage(pass.images + b * channels * size * size, normalizer_,
                   channels, size, out);
  } else if (std::holds_alternative<Instruction::Convolution>(
                 instruction.kernel)) {
    RunCall(convolutions_[layer].forward[0], in, nullptr,
            instruction.accumulate, out);
  } else if (std::holds_alternative<Instruction::Statistics>(
                 instruction.kernel)) {
    AddStatistics(instruction, b);
  } else if (std::holds_alternative<Instruction::BatchNorm>(
                 instruction.kernel)) {
    ChannelAffine(in, norms_[layer].scale.data(), norms_[layer].shift.data(),
                  channels, size, instruction.accumulate, out);
  } else if (std::holds_alternative<Instruction::Head>(instruction.kernel)) {
    float* features = &features_[b * channels];
    std::fill(feature_sums_.begin(), feature_sums_.end(), 0.0);
    ChannelSums(in, channels, size, feature_sums_.data());
    for (int c = 0; c < channels; ++c) {
      features[c] = static_cast<float>(feature_sums_[c] / (size * size));
    }
    Linear(layer, pass.state)
        .Forward(features, pass.logits + b * plan_.size.classes);
  } else {
    RunForward(instruction, in, out, Masks(b), slots_->scratch());
  }
}

// Adds an image to mean and squared deviations (Chan, Golub, LeVeque 1979).
// Each image is taken about the mean so far, so that no two large sums are
// subtracted.
void TrainingEngine::AddStatistics(const Instruction& instruction, int64_t b) {
  const int channels = instruction.channels;
  const int size = instruction.size;
  const double count = static_cast<double>(size) * size;
  const float* in = Image(instruction.in, b);
  Norm& norm = norms_[instruction.layer];
  norm.sums.assign(channels, 0);
  norm.products.assign(channels, 0);
  norm.shift.resize(channels);
  if (b == 0) {
    ChannelSums(in, channels, size, norm.sums.data());
    for (int c = 0; c < channels; ++c) norm.mean[c] = norm.sums[c] / count;
    norm.sums.assign(channels, 0);
  }
  for (int c = 0; c < channels; ++c) {
    norm.shift[c] = static_cast<float>(norm.mean[c]);
  }
  ChannelMoments(in, norm.shift.data(), channels, size, norm.sums.data(),
                 norm.products.data());
  const double images = static_cast<double>(b);
  for (int c = 0; c < channels; ++c) {
    const double offset = norm.sums[c] / count;
    const double squares = norm.products[c] - count * offset * offset;
    const double step = b == 0 ? 0 : norm.shift[c] + offset - norm.mean[c];
    if (b == 0) norm.mean[c] = norm.shift[c] + offset;
    norm.mean[c] += step / (images + 1);
    norm.deviations[c] +=
        std::max(squares, 0.0) + step * step * count * images / (images + 1);
  }
}

void TrainingEngine::EndForward(const Instruction& instruction) {
  if (!std::holds_alternative<Instruction::Statistics>(instruction.kernel)) {
    return;
  }
  const int channels = instruction.channels;
  const double count =
      static_cast<double>(batch_) * instruction.size * instruction.size;
  const Norm& norm = norms_[instruction.layer];
  Statistics& statistics = norms_[instruction.layer].statistics;
  statistics.mean.resize(channels);
  statistics.variance.resize(channels);
  statistics.inverse_deviation.resize(channels);
  for (int c = 0; c < channels; ++c) {
    const double deviations = norm.deviations[c];
    statistics.mean[c] = static_cast<float>(norm.mean[c]);
    statistics.variance[c] =
        count > 1 ? static_cast<float>(deviations / (count - 1)) : 0;
    statistics.inverse_deviation[c] = static_cast<float>(
        1 / std::sqrt(deviations / count + kBatchNormEpsilon));
  }
}

void TrainingEngine::Backward(const float* logit_gradient,
                              const std::vector<const float*>& state,
                              const std::vector<float*>& gradients) {
  const Pass pass{nullptr, nullptr, logit_gradient, state, &gradients};
  for (const ProgramPhase& phase : program_.backward) {
    for (const Instruction& i : phase.instructions) BeginBackward(i, pass);
    RunPhase(phase, batch_, [&](const Instruction& i, int64_t b, int64_t) {
      BackwardImage(i, pass, b);
    });
    for (const Instruction& i : phase.instructions) EndBackward(i, pass);
  }
  // Parameters that the logits do not depend on have gradient zero.
  for (size_t p = 0; p < plan_.parameters.size(); ++p) {
    const Parameter& parameter = plan_.parameters[p];
    if (gradients[p] == nullptr || plan_.layers[parameter.layer].live) continue;
    std::fill_n(gradients[p], parameter.NumElements(), 0.0f);
  }
}

void TrainingEngine::BeginBackward(const Instruction& instruction,
                                   const Pass& pass) {
  const Layer& layer = plan_.layers[instruction.layer];
  const int channels = instruction.channels;
  const int p = first_parameter_[instruction.layer];
  if (std::holds_alternative<Instruction::Statistics>(instruction.kernel)) {
    norms_[instruction.layer].sums.assign(channels, 0);
    norms_[instruction.layer].products.assign(channels, 0);
  } else if (std::holds_alternative<Instruction::Convolution>(
                 instruction.kernel)) {
    Convolution& work = convolutions_[instruction.layer];
    work.total.assign(plan_.parameters[p].NumElements(), 0);
    work.one.resize(work.total.size());
    work.backward.clear();
    if (instruction.out < 0) return;
    work.backward = InputGradientCalls(ShapeOf(layer), pass.state[p],
                                       ConvolutionMethod::kFastest);
  } else if (std::holds_alternative<Instruction::Head>(instruction.kernel)) {
    feature_gradients_.resize(channels);
    std::fill_n((*pass.gradients)[p], plan_.parameters[p].NumElements(), 0.0f);
    std::fill_n((*pass.gradients)[p + 1], layer.out_channels, 0.0f);
  }
}

void TrainingEngine::BackwardImage(const Instruction& instruction,
                                   const Pass& pass, int64_t b) {
  const int channels = instruction.channels;
  const int size = instruction.size;
  const float* in = Image(instruction.in, b);
  float* out = Image(instruction.out, b);
  Norm& norm = norms_[instruction.layer];
  if (std::holds_alternative<Instruction::Statistics>(instruction.kernel)) {
    ChannelProducts(in, Image(instruction.kept_input, b),
                    norm.statistics.mean.data(), channels, size,
                    norm.sums.data(), norm.products.data());
  } else if (const auto* convolution =
                 std::get_if<Instruction::Convolution>(&instruction.kernel)) {
    ConvolutionGradient(instruction, convolution->norm, b);
  } else if (std::holds_alternative<Instruction::BatchNorm>(
                 instruction.kernel)) {
    InputGradient(norm, in, Image(instruction.kept_input, b), channels, size,
                  instruction.accumulate, out);
  } else if (std::holds_alternative<Instruction::Head>(instruction.kernel)) {
    HeadGradient(instruction, pass, b);
  } else {
    RunBackward(instruction, in, out, Masks(b), slots_->scratch());
  }
}

void TrainingEngine::InputGradient(const Norm& norm, const float* gradient,
                                   const float* input, int channels, int size,
                                   bool accumulate, float* out) const {
  BatchNormInputGradient(gradient, input, norm.statistics.mean.data(),
                         norm.a.data(), norm.b.data(), norm.d.data(), channels,
                         size, accumulate, out);
}

void TrainingEngine::ConvolutionGradient(const Instruction& instruction,
                                         int norm, int64_t b) {
  const ConvolutionShape shape = ShapeOf(plan_.layers[instruction.layer]);
  Convolution& work = convolutions_[instruction.layer];
  const float* gradient = Image(instruction.in, b);
  if (norm >= 0) {
    float* at_input = Image(instruction.scratch, b);
    InputGradient(norms_[norm], gradient, Image(instruction.kept_output, b),
                  shape.out_channels, shape.out_size, /*accumulate=*/false,
                  at_input);
    gradient = at_input;
  }
  // Image by image, so that long sums in float32 stay accurate.
  std::fill(work.one.begin(), work.one.end(), 0.0f);
  AddWeightGradient(shape, Image(instruction.kept_input, b), gradient,
                    work.one.data());
  for (size_t k = 0; k < work.one.size(); ++k) work.total[k] += work.one[k];
  for (const ConvolutionCall& call : work.backward) {
    RunCall(call, gradient, nullptr, instruction.accumulate,
            Image(instruction.out, b));
  }
}

void TrainingEngine::HeadGradient(const Instruction& instruction,
                                  const Pass& pass, int64_t b) {
  const LinearLayer linear = Linear(instruction.layer, pass.state);
  const int channels = linear.channels;
  const int p = first_parameter_[instruction.layer];
  const float* features = &features_[b * channels];
  const float* logit_gradient = pass.logit_gradient + b * linear.classes;
  for (int k = 0; k < linear.classes; ++k) {
    float* weight_gradient = (*pass.gradients)[p] + int64_t{k} * channels;
    (*pass.gradients)[p + 1][k] += logit_gradient[k];
    for (int c = 0; c < channels; ++c) {
      weight_gradient[c] += logit_gradient[k] * features[c];
    }
  }
  linear.Backward(logit_gradient, feature_gradients_.data());
  const int size = instruction.size;
  const auto pixels = static_cast<float>(size * size);
  for (int y = 1; y <= size; ++y) {
    float* to =
        Image(instruction.out, b) + (int64_t{y} * (size + 2) + 1) * channels;
    for (int x = 0; x < size; ++x) {
      for (int c = 0; c < channels; ++c) *to++ = feature_gradients_[c] / pixels;
    }
  }
}

void TrainingEngine::EndBackward(const Instruction& instruction,
                                 const Pass& pass) {
  const int p = first_parameter_[instruction.layer];
  if (std::holds_alternative<Instruction::Convolution>(instruction.kernel)) {
    UnpackWeightGradient(ShapeOf(plan_.layers[instruction.layer]),
                         convolutions_[instruction.layer].total.data(),
                         (*pass.gradients)[p]);
    return;
  }
  if (!std::holds_alternative<Instruction::Statistics>(instruction.kernel)) {
    return;
  }
  const int channels = instruction.channels;
  const double count =
      static_cast<double>(batch_) * instruction.size * instruction.size;
  Norm& norm = norms_[instruction.layer];
  norm.a.resize(channels);
  norm.b.resize(channels);
  norm.d.resize(channels);
  for (int c = 0; c < channels; ++c) {
    const double inverse = norm.statistics.inverse_deviation[c];
    const double scale = pass.state[p][c] * inverse;
    const double product = norm.products[c];
    (*pass.gradients)[p][c] = static_cast<float>(product * inverse);
    (*pass.gradients)[p + 1][c] = static_cast<float>(norm.sums[c]);
    norm.a[c] = static_cast<float>(scale);
    norm.b[c] =
        static_cast<float>(-scale * inverse * inverse * product / count);
    norm.d[c] = static_cast<float>(-scale * norm.sums[c] / count);
  }
}

}  // namespace robbench
