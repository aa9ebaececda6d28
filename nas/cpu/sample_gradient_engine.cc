#include "nas/cpu/sample_gradient_engine.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <variant>

#include "nas/cpu/cpu_kernels.h"
#include "nas/network/network_constants.h"

#if defined(__x86_64__)
#define ROBBENCH_AVX2_O3 __attribute__((target("avx2,fma"), optimize("O3")))
#else
#define ROBBENCH_AVX2_O3
#endif

namespace robbench {
namespace {

// products[o] = sum over rows of weight * gradient; gradient *= scale[o]. Both
// are [rows][channels].
ROBBENCH_AVX2_O3 void ScaleWeightGradient(const float* __restrict weight,
                                          const float* __restrict scale,
                                          int64_t rows, int channels,
                                          float* __restrict gradient,
                                          float* __restrict products) {
  std::fill_n(products, channels, 0.0f);
  for (int64_t r = 0; r < rows; ++r) {
    for (int c = 0; c < channels; ++c) {
      products[c] += weight[c] * gradient[c];
      gradient[c] *= scale[c];
    }
    weight += channels;
    gradient += channels;
  }
}

}  // namespace

std::vector<GradientPiece> GradientPieces(const NetworkPlan& plan,
                                          bool weights_only) {
  std::vector<GradientPiece> pieces;
  int64_t first = 0;
  for (size_t p = 0; p < plan.parameters.size(); ++p) {
    const Parameter& parameter = plan.parameters[p];
    if (!plan.layers[parameter.layer].live || IsBuffer(parameter.kind) ||
        (weights_only && IsBias(parameter.kind))) {
      continue;
    }
    pieces.push_back({static_cast<int>(p), first, parameter.NumElements()});
    first += parameter.NumElements();
  }
  return pieces;
}

SampleGradientEngine::SampleGradientEngine(
    const NetworkPlan& plan, const PixelNormalizer& normalizer,
    const std::vector<const float*>& state, bool weights_only)
    : program_(CompileProgram(plan, ProgramPurpose::kSampleGradients)),
      normalizer_(normalizer),
      first_parameter_(plan.FirstParameters()),
      pieces_(GradientPieces(plan, weights_only)),
      piece_first_(plan.parameters.size(), -1),
      convolutions_(plan.layers.size()),
      norms_(plan.layers.size()),
      slots_(program_, 1),
      masks_(program_.mask_bytes) {
  for (const GradientPiece& piece : pieces_) {
    piece_first_[piece.parameter] = piece.first;
    row_floats_ += piece.floats;
  }
  for (const ProgramPhase& phase : program_.backward) {
    for (const Instruction& instruction : phase.instructions) {
      const Layer& layer = plan.layers[instruction.layer];
      const int p = first_parameter_[instruction.layer];
      if (const auto* convolution =
              std::get_if<Instruction::Convolution>(&instruction.kernel)) {
        const Norm* norm = nullptr;
        if (convolution->norm >= 0) {
          FoldNorm(convolution->norm, state, layer.out_channels);
          norm = &norms_[convolution->norm];
        }
        FoldConvolution(ShapeOf(layer), instruction, norm, state[p]);
      } else if (const auto* head =
                     std::get_if<Instruction::Head>(&instruction.kernel)) {
        FoldNorm(head->norm, state, layer.in_channels);
        linear_weight_.assign(state[p],
                              state[p] + plan.parameters[p].NumElements());
        linear_bias_.assign(state[p + 1], state[p + 1] + layer.out_channels);
        features_.resize(layer.in_channels);
      }
    }
  }
  // The head has the most channels.
  feature_gradients_.resize(features_.size());
  ones_.assign(features_.size(), 1);
  zeros_.assign(features_.size(), 0);
  sums_.resize(features_.size());
  products_.resize(features_.size());
  weight_products_.resize(features_.size());
}

void SampleGradientEngine::FoldNorm(int layer,
                                    const std::vector<const float*>& state,
                                    int channels) {
  const float* const* p = &state[first_parameter_[layer]];
  Norm& norm = norms_[layer];
  for (int c = 0; c < channels; ++c) {
    const double inverse =
        1 / std::sqrt(static_cast<double>(p[3][c]) + kBatchNormEpsilon);
    const double scale = p[0][c] * inverse;
    norm.scale.push_back(static_cast<float>(scale));
    norm.mean.push_back(p[2][c]);
    norm.inverse_deviation.push_back(static_cast<float>(inverse));
    norm.shift.push_back(static_cast<float>(p[1][c] - p[2][c] * scale));
  }
}

void SampleGradientEngine::FoldConvolution(const ConvolutionShape& shape,
                                           const Instruction& backward,
                                           const Norm* norm,
                                           const float* plain) {
  Convolution& convolution = convolutions_[backward.layer];
  convolution.shape = shape;
  const int in = shape.in_channels;
  const int out = shape.out_channels;
  const int area = shape.kernel * shape.kernel;
  std::vector<float> weight(plain, plain + int64_t{out} * in * area);
  convolution.weight.resize(weight.size());
  for (int o = 0; o < out; ++o) {
    for (int i = 0; i < in; ++i) {
      for (int tap = 0; tap < area; ++tap) {
        float& w = weight[(int64_t{o} * in + i) * area + tap];
        convolution.weight[(int64_t{tap} * in + i) * out + o] = w;
        if (norm != nullptr) w *= norm->scale[o];
      }
    }
  }
  convolution.forward = {ForwardCall(shape, weight.data())};
  if (backward.out >= 0) {
    convolution.backward = InputGradientCalls(shape, weight.data());
  }
}

LinearLayer SampleGradientEngine::Linear() const {
  return {linear_weight_.data(), linear_bias_.data(),
          static_cast<int>(linear_bias_.size()),
          static_cast<int>(features_.size())};
}

float* SampleGradientEngine::Piece(float* row, int layer, int offset) const {
  const int64_t first = piece_first_[first_parameter_[layer] + offset];
  return first < 0 ? nullptr : row + first;
}

void SampleGradientEngine::Forward(const float* image, float* logits) {
  const auto run = [&](const Instruction& instruction, int64_t, int64_t) {
    const float* in = At(instruction.in);
    float* out = At(instruction.out);
    if (std::holds_alternative<Instruction::Normalize>(instruction.kernel)) {
      NormalizeImage(image, normalizer_, instruction.channels, instruction.size,
                     out);
    } else if (const auto* convolution =
                   std::get_if<Instruction::Convolution>(&instruction.kernel)) {
      RunCall(convolutions_[instruction.layer].forward[0], in,
              convolution->norm < 0 ? nullptr
                                    : norms_[convolution->norm].shift.data(),
              instruction.accumulate, out);
    } else if (const auto* head =
                   std::get_if<Instruction::Head>(&instruction.kernel)) {
      const Norm& norm = norms_[head->norm];
      HeadFeatures(in, norm.scale.data(), norm.shift.data(),
                   instruction.channels, instruction.size, features_.data(),
                   &masks_[head->mask]);
      Linear().Forward(features_.data(), logits);
    } else {
      RunForward(instruction, in, out, masks_.data(), slots_.scratch());
    }
  };
  for (const ProgramPhase& phase : program_.forward) RunPhase(phase, 1, run);
}

void SampleGradientEngine::Backward(const float* logit_gradient, float* row) {
  const auto run = [&](const Instruction& instruction, int64_t, int64_t) {
    if (const auto* convolution =
            std::get_if<Instruction::Convolution>(&instruction.kernel)) {
      ConvolutionGradient(instruction, convolution->norm, row);
    } else if (const auto* head =
                   std::get_if<Instruction::Head>(&instruction.kernel)) {
      HeadGradients(instruction, *head, logit_gradient, row);
    } else {
      RunBackward(instruction, At(instruction.in), At(instruction.out),
                  masks_.data(), slots_.scratch());
    }
  };
  for (const ProgramPhase& phase : program_.backward) RunPhase(phase, 1, run);
}

void SampleGradientEngine::HeadGradients(const Instruction& instruction,
                                         const Instruction::Head& head,
                                         const float* logit_gradient,
                                         float* row) {
  const LinearLayer linear = Linear();
  const int channels = linear.channels;
  linear.Backward(logit_gradient, feature_gradients_.data());
  float* weight_gradient = Piece(row, instruction.layer, 0);
  float* bias_gradient = Piece(row, instruction.layer, 1);
  for (int k = 0; k < linear.classes; ++k) {
    for (int c = 0; c < channels; ++c) {
      *weight_gradient++ = logit_gradient[k] * features_[c];
    }
    if (bias_gradient != nullptr) bias_gradient[k] = logit_gradient[k];
  }
  // The gradient at BatchNorm's output comes first, then that at its input.
  const Norm& norm = norms_[head.norm];
  float* at_output = At(instruction.scratch);
  HeadGradient(feature_gradients_.data(), ones_.data(), &masks_[head.mask],
               channels, instruction.size, at_output);
  std::fill(products_.begin(), products_.end(), 0.0);
  std::fill(sums_.begin(), sums_.end(), 0.0);
  ChannelProducts(at_output, At(instruction.kept_input), norm.mean.data(),
                  channels, instruction.size, sums_.data(), products_.data());
  NormGradients(head.norm, row);
  ChannelAffine(at_output, norm.scale.data(), zeros_.data(), channels,
                instruction.size, /*accumulate=*/false, At(instruction.out));
}

void SampleGradientEngine::NormGradients(int layer, float* row) const {
  const Norm& norm = norms_[layer];
  float* weight_gradient = Piece(row, layer, 0);
  float* bias_gradient = Piece(row, layer, 1);
  for (size_t c = 0; c < norm.scale.size(); ++c) {
    weight_gradient[c] =
        static_cast<float>(products_[c] * norm.inverse_deviation[c]);
    if (bias_gradient == nullptr) continue;
    bias_gradient[c] = static_cast<float>(sums_[c]);
  }
}

void SampleGradientEngine::ConvolutionGradient(const Instruction& instruction,
                                               int layer_of_norm, float* row) {
  const Convolution& convolution = convolutions_[instruction.layer];
  const ConvolutionShape& shape = convolution.shape;
  const int64_t weights = static_cast<int64_t>(convolution.weight.size());
  const float* gradient = At(instruction.in);
  float* weight_gradient = Piece(row, instruction.layer, 0);
  std::fill_n(weight_gradient, weights, 0.0f);
  AddWeightGradient(shape, At(instruction.kept_input), gradient,
                    weight_gradient);
  if (layer_of_norm >= 0) {
    const Norm& norm = norms_[layer_of_norm];
    const int channels = shape.out_channels;
    std::fill(sums_.begin(), sums_.end(), 0.0);
    ChannelSums(gradient, channels, shape.out_size, sums_.data());
    ScaleWeightGradient(convolution.weight.data(), norm.scale.data(),
                        weights / channels, channels, weight_gradient,
                        weight_products_.data());
    for (int c = 0; c < channels; ++c) {
      products_[c] = weight_products_[c] - norm.mean[c] * sums_[c];
    }
    NormGradients(layer_of_norm, row);
  }
  for (const ConvolutionCall& call : convolution.backward) {
    RunCall(call, gradient, nullptr, instruction.accumulate,
            At(instruction.out));
  }
}

}  // namespace robbench
