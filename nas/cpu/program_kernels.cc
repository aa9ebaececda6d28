#include "nas/cpu/program_kernels.h"

#include <algorithm>
#include <cstdint>
#include <variant>

#include "glog/logging.h"
#include "nas/cpu/cpu_kernels.h"

namespace robbench {

void NormalizeImage(const float* image, const PixelNormalizer& normalizer,
                    int channels, int size, float* out) {
  for (int c = 0; c < channels; ++c) {
    const float mean = normalizer.mean[c];
    const float inverse = normalizer.inverse_deviation[c];
    for (int y = 0; y < size; ++y) {
      float* to = out + (int64_t{y + 1} * (size + 2) + 1) * channels + c;
      for (int x = 0; x < size; ++x) {
        to[int64_t{x} * channels] = (*image++ - mean) * inverse;
      }
    }
  }
}

void RunForward(const Instruction& instruction, const float* in, float* out,
                uint8_t* masks, float* scratch) {
  const int channels = instruction.channels;
  const int size = instruction.size;
  const int64_t count = PaddedFloats(channels, size);
  if (std::holds_alternative<Instruction::Zero>(instruction.kernel)) {
    std::fill_n(out, count, 0.0f);
  } else if (const auto* add =
                 std::get_if<Instruction::Add>(&instruction.kernel)) {
    AddScaled(in, add->factor, count, instruction.accumulate, out);
  } else if (const auto* relu =
                 std::get_if<Instruction::Relu>(&instruction.kernel)) {
    Relu(in, count, out, masks + relu->mask);
  } else if (std::holds_alternative<Instruction::AveragePool3x3>(
                 instruction.kernel)) {
    AveragePool3x3(in, channels, size, instruction.accumulate, scratch, out);
  } else {
    CHECK(std::holds_alternative<Instruction::AveragePool2x2>(
        instruction.kernel));
    AveragePool2x2(in, channels, size, out);
  }
}

void RunBackward(const Instruction& instruction, const float* in, float* out,
                 const uint8_t* masks, float* scratch) {
  const int channels = instruction.channels;
  const int size = instruction.size;
  const int64_t count = PaddedFloats(channels, size);
  const bool accumulate = instruction.accumulate;
  if (const auto* add = std::get_if<Instruction::Add>(&instruction.kernel)) {
    AddScaled(in, add->factor, count, accumulate, out);
  } else if (const auto* relu =
                 std::get_if<Instruction::Relu>(&instruction.kernel)) {
    ReluGradient(in, masks + relu->mask, count, accumulate, out);
  } else if (std::holds_alternative<Instruction::AveragePool3x3>(
                 instruction.kernel)) {
    AveragePool3x3Adjoint(in, channels, size, accumulate, scratch, out);
  } else {
    CHECK(std::holds_alternative<Instruction::AveragePool2x2>(
        instruction.kernel));
    AveragePool2x2Adjoint(in, channels, size, accumulate, out);
  }
}

void LinearLayer::Forward(const float* features, float* logits) const {
  for (int k = 0; k < classes; ++k) {
    const float* row = weight + int64_t{k} * channels;
    float sum = bias[k];
    for (int c = 0; c < channels; ++c) sum += row[c] * features[c];
    logits[k] = sum;
  }
}

void LinearLayer::Backward(const float* logit_gradient,
                           float* feature_gradient) const {
  std::fill_n(feature_gradient, channels, 0.0f);
  for (int k = 0; k < classes; ++k) {
    const float* row = weight + int64_t{k} * channels;
    for (int c = 0; c < channels; ++c) {
      feature_gradient[c] += logit_gradient[k] * row[c];
    }
  }
}

}  // namespace robbench
