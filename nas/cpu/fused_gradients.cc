#include "nas/cpu/fused_gradients.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>

#include "glog/logging.h"
#include "nas/cpu/buffer_plan.h"
#include "nas/cpu/cpu_kernels.h"
#include "nas/network/network_constants.h"

#if defined(__x86_64__)
#define ROBBENCH_NTK_AVX2 __attribute__((target("avx2,fma"), optimize("O3")))
#else
#define ROBBENCH_NTK_AVX2
#endif

namespace robbench {
namespace {

// products[o] = sum over rows of weight * gradient; gradient *= scale[o]. Both
// are [rows][channels].
ROBBENCH_NTK_AVX2 void ScaleWeightGradient(const float* __restrict weight,
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

// Turns the plan's live layers into steps with homes and buffers.
class FusedGradients::Compiler {
 public:
  Compiler(const NetworkPlan& plan, const std::vector<const float*>& state,
           bool weights_only, FusedGradients& engine)
      : plan_(plan),
        state_(state),
        weights_only_(weights_only),
        engine_(engine) {}

  void Run() {
    first_parameter_.assign(plan_.layers.size(), -1);
    for (int p = static_cast<int>(plan_.parameters.size()) - 1; p >= 0; --p) {
      first_parameter_[plan_.parameters[p].layer] = p;
    }
    PlanValues();
    for (size_t k = 0; k < layers_.size(); ++k) AddStep(k);
    MarkAccumulation();
    Allocate();
    engine_.sums_.resize(widest_);
    engine_.products_.resize(widest_);
    engine_.weight_products_.resize(widest_);
    engine_.ones_.assign(widest_, 1);
    engine_.zeros_.assign(widest_, 0);
    engine_.scratch_.resize(scratch_);
    engine_.masks_.resize(masks_);
  }

 private:
  // A layer with the BatchNorm that follows it, or -1.
  struct FoldedLayer {
    int layer;
    int norm;
  };

  int Home(int value) const { return buffers_.home[value]; }

  void PlanValues() {
    std::vector<BufferStep> steps;
    shapes_.resize(plan_.num_values);
    const int num_layers = static_cast<int>(plan_.layers.size());
    for (int i = 0; i < num_layers; ++i) {
      const Layer& layer = plan_.layers[i];
      shapes_[layer.output] = {layer.out_channels, layer.out_size};
      if (!layer.live) continue;
      FoldedLayer folded{i, -1};
      if (layer.kind == LayerKind::kConvolution && i + 1 < num_layers) {
        const Layer& next = plan_.layers[i + 1];
        if (next.kind == LayerKind::kBatchNorm &&
            next.inputs[0] == layer.output) {
          folded.norm = i + 1;
          shapes_[next.output] = {next.out_channels, next.out_size};
        }
      }
      steps.push_back(
          {layer.kind, layer.inputs,
           folded.norm < 0 ? layer.output : plan_.layers[folded.norm].output});
      layers_.push_back(folded);
      if (folded.norm >= 0) ++i;
    }
    buffers_ = PlanBuffers(steps, plan_.num_values);
  }

  int64_t Floats(int value) const {
    return PaddedFloats(shapes_[value].first, shapes_[value].second);
  }

  // Where a parameter's gradient lies in a row.
  int64_t AddPiece(int parameter) {
    const Parameter& p = plan_.parameters[parameter];
    if (weights_only_ && IsBias(p.kind)) return -1;
    int64_t floats = 1;
    for (const int64_t extent : p.shape) floats *= extent;
    engine_.pieces_.push_back({parameter, engine_.row_floats_, floats});
    return std::exchange(engine_.row_floats_, engine_.row_floats_ + floats);
  }

  // Fills scale, mean and deviation; gives the shift.
  std::vector<float> AddNorm(int norm, Step& step) {
    const int p = first_parameter_[norm];
    const int channels = plan_.layers[norm].out_channels;
    std::vector<float> shift;
    for (int c = 0; c < channels; ++c) {
      const double inverse =
          1 /
          std::sqrt(static_cast<double>(state_[p + 3][c]) + kBatchNormEpsilon);
      const double scale = state_[p][c] * inverse;
      step.scale.push_back(static_cast<float>(scale));
      step.mean.push_back(state_[p + 2][c]);
      step.inverse_deviation.push_back(static_cast<float>(inverse));
      shift.push_back(
          static_cast<float>(state_[p + 1][c] - state_[p + 2][c] * scale));
    }
    step.norm_weight_row = AddPiece(p);
    step.norm_bias_row = AddPiece(p + 1);
    return shift;
  }

  void AddConvolution(const FoldedLayer& folded, Step& step) {
    const Layer& layer = plan_.layers[folded.layer];
    const int p = first_parameter_[folded.layer];
    step.shape = ShapeOf(layer);
    step.weight_row = AddPiece(p);
    if (folded.norm >= 0) step.bias = AddNorm(folded.norm, step);
    const int in = layer.in_channels;
    const int out = layer.out_channels;
    const int area = layer.kernel * layer.kernel;
    std::vector<float> weight(state_[p], state_[p] + int64_t{out} * in * area);
    step.weight.resize(weight.size());
    for (int o = 0; o < out; ++o) {
      for (int i = 0; i < in; ++i) {
        for (int tap = 0; tap < area; ++tap) {
          float& w = weight[(int64_t{o} * in + i) * area + tap];
          step.weight[(int64_t{tap} * in + i) * out + o] = w;
          if (folded.norm >= 0) w *= step.scale[o];
        }
      }
    }
    step.forward = {ForwardCall(step.shape, weight.data())};
    if (layer.inputs[0] != normalized_) {
      step.input_gradient = InputGradientCalls(step.shape, weight.data());
    }
  }

  void AddStep(size_t index) {
    const FoldedLayer& folded = layers_[index];
    const Layer& layer = plan_.layers[folded.layer];
    Step step{.kind = layer.kind,
              .in = Home(layer.inputs[0]),
              .out = Home(folded.norm < 0 ? layer.output
                                          : plan_.layers[folded.norm].output),
              .channels = layer.in_channels,
              .size = layer.in_size};
    widest_ = std::max({widest_, layer.in_channels, layer.out_channels});
    switch (layer.kind) {
      case LayerKind::kNormalize:
        normalized_ = layer.output;
        break;
      case LayerKind::kRelu:
        if (layer.inputs[0] == head_norm_) return;  // part of the head
        step.mask = std::exchange(masks_, masks_ + Floats(step.out) / kVector);
        break;
      case LayerKind::kConvolution:
        AddConvolution(folded, step);
        break;
      case LayerKind::kAveragePool3x3:
        scratch_ = std::max(scratch_,
                            int64_t{layer.in_channels} * (layer.in_size + 2));
        break;
      case LayerKind::kSum:
        for (const SumTerm& term : buffers_.terms[index]) {
          step.terms.push_back({Home(term.value), term.scale, false, false});
        }
        break;
      case LayerKind::kBatchNorm: {
        head_norm_ = layer.output;
        engine_.head_shift_ = AddNorm(folded.layer, step);
        step.mask =
            std::exchange(masks_, masks_ + (int64_t{layer.in_channels} *
                                                layer.in_size * layer.in_size +
                                            7) /
                                               8);
        engine_.head_ = std::move(step);
        engine_.head_gradient_.assign(
            PaddedFloats(layer.in_channels, layer.in_size), 0.0f);
        return;
      }
      case LayerKind::kGlobalAveragePool:
        return;
      case LayerKind::kLinear: {
        const int p = first_parameter_[folded.layer];
        const int64_t floats = int64_t{layer.out_channels} * layer.in_channels;
        engine_.linear_weight_.assign(state_[p], state_[p] + floats);
        engine_.linear_bias_.assign(state_[p + 1],
                                    state_[p + 1] + layer.out_channels);
        engine_.linear_weight_row_ = AddPiece(p);
        engine_.linear_bias_row_ = AddPiece(p + 1);
        engine_.classes_ = layer.out_channels;
        engine_.features_.resize(layer.in_channels);
        engine_.feature_gradients_.resize(layer.in_channels);
        return;
      }
      case LayerKind::kZero:
      case LayerKind::kAveragePool2x2:
        break;
    }
    engine_.steps_.push_back(std::move(step));
  }

  // What a pass writes a second time it adds to.
  void MarkAccumulation() {
    std::vector<bool> written(plan_.num_values, false);
    const auto touch = [&](int home) {
      const bool before = written[home];
      written[home] = true;
      return before;
    };
    for (Step& step : engine_.steps_) {
      if (step.kind == LayerKind::kSum) {
        for (Term& term : step.terms) term.accumulate = touch(step.out);
      } else {
        step.accumulate = touch(step.out);
      }
    }
    written.assign(plan_.num_values, false);
    touch(engine_.head_.in);
    for (auto step = engine_.steps_.rbegin(); step != engine_.steps_.rend();
         ++step) {
      if (step->kind == LayerKind::kSum) {
        for (Term& term : step->terms) {
          term.accumulate_gradient = touch(term.value);
        }
      } else if (PassesGradient(*step)) {
        step->accumulate_gradient = touch(step->in);
      }
    }
  }

  static bool PassesGradient(const Step& step) {
    return step.kind != LayerKind::kNormalize &&
           step.kind != LayerKind::kZero &&
           (step.kind != LayerKind::kConvolution ||
            !step.input_gradient.empty());
  }

  // Homes that a step of the forward pass uses.
  static std::vector<int> Uses(const Step& step) {
    std::vector<int> homes = {step.out};
    if (step.kind == LayerKind::kSum) {
      for (const Term& term : step.terms) homes.push_back(term.value);
    } else if (step.kind != LayerKind::kNormalize &&
               step.kind != LayerKind::kZero) {
      homes.push_back(step.in);
    }
    return homes;
  }

  // A buffer that is needed no more serves the next value of its shape.
  void Allocate() {
    const int num_steps = static_cast<int>(engine_.steps_.size());
    std::vector<int> last(plan_.num_values, -1);
    std::vector<int> first(plan_.num_values, num_steps);
    std::vector<bool> kept(plan_.num_values, false);
    for (int i = 0; i < num_steps; ++i) {
      const Step& step = engine_.steps_[i];
      for (const int home : Uses(step)) {
        last[home] = i;
        first[home] = std::min(first[home], i);
      }
      if (step.kind == LayerKind::kConvolution) kept[step.in] = true;
    }
    kept[engine_.head_.in] = true;
    engine_.value_buffer_.assign(plan_.num_values, -1);
    engine_.gradient_buffer_.assign(plan_.num_values, -1);
    for (int i = 0; i < num_steps; ++i) {
      const std::vector<int> homes = Uses(engine_.steps_[i]);
      for (const int home : homes) Take(home, engine_.value_buffer_);
      for (const int home : homes) {
        if (last[home] == i && !kept[home]) {
          Give(home, engine_.value_buffer_, last);
        }
      }
    }
    // Backward a gradient lives from its value's last use to its first.
    Take(engine_.head_.in, engine_.gradient_buffer_);
    for (int i = num_steps - 1; i >= 0; --i) {
      const std::vector<int> homes = Uses(engine_.steps_[i]);
      for (const int home : homes) Take(home, engine_.gradient_buffer_);
      for (const int home : homes) {
        if (first[home] == i) Give(home, engine_.gradient_buffer_, first);
      }
    }
  }

  void Take(int home, std::vector<int>& buffer_of) {
    if (buffer_of[home] >= 0) return;
    std::vector<int>& same = unused_[shapes_[home]];
    if (same.empty()) {
      same.push_back(static_cast<int>(engine_.buffers_.size()));
      engine_.buffers_.emplace_back(Floats(home), 0.0f);
    }
    buffer_of[home] = same.back();
    same.pop_back();
  }

  // A home that comes up twice in a step is given back once.
  void Give(int home, const std::vector<int>& buffer_of,
            std::vector<int>& last) {
    last[home] = -1;
    unused_[shapes_[home]].push_back(buffer_of[home]);
  }

  const NetworkPlan& plan_;
  const std::vector<const float*>& state_;
  const bool weights_only_;
  FusedGradients& engine_;
  std::vector<int> first_parameter_;         // by layer
  std::vector<std::pair<int, int>> shapes_;  // by value: channels, size
  std::vector<FoldedLayer> layers_;
  BufferPlan buffers_;
  std::map<std::pair<int, int>, std::vector<int>> unused_;  // by shape
  int normalized_ = -1;
  int head_norm_ = -1;
  int widest_ = 0;
  int64_t scratch_ = 0;
  int64_t masks_ = 0;
};

bool FusedGradients::Supports(const NetworkPlan& plan) {
  return CpuKernelsAvailable() && plan.size.channels % kVector == 0 &&
         std::all_of(plan.layers.begin(), plan.layers.end(),
                     [](const Layer& layer) {
                       return layer.kind != LayerKind::kConvolution ||
                              SupportsConvolution(ShapeOf(layer));
                     });
}

FusedGradients::FusedGradients(const NetworkPlan& plan,
                               const FusedNormalizer& normalizer,
                               const std::vector<const float*>& state,
                               bool weights_only)
    : normalizer_(normalizer) {
  CHECK(Supports(plan));
  Compiler(plan, state, weights_only, *this).Run();
}

void FusedGradients::Forward(const float* image, float* logits) {
  for (const Step& step : steps_) {
    float* out = Value(step.out);
    switch (step.kind) {
      case LayerKind::kNormalize:
        NormalizeImage(image, normalizer_, step.channels, step.size, out);
        break;
      case LayerKind::kZero:
        if (step.accumulate) break;
        std::fill_n(out, buffers_[value_buffer_[step.out]].size(), 0.0f);
        break;
      case LayerKind::kRelu:
        Relu(Value(step.in), PaddedFloats(step.channels, step.size), out,
             &masks_[step.mask]);
        break;
      case LayerKind::kConvolution:
        RunCall(step.forward[0], Value(step.in),
                step.bias.empty() ? nullptr : step.bias.data(), step.accumulate,
                out);
        break;
      case LayerKind::kAveragePool3x3:
        AveragePool3x3(Value(step.in), step.channels, step.size,
                       step.accumulate, scratch_.data(), out);
        break;
      case LayerKind::kAveragePool2x2:
        AveragePool2x2(Value(step.in), step.channels, step.size, out);
        break;
      case LayerKind::kSum:
        for (const Term& term : step.terms) {
          AddScaled(
              Value(term.value), term.scale,
              static_cast<int64_t>(buffers_[value_buffer_[step.out]].size()),
              term.accumulate, out);
        }
        break;
      default:
        LOG(FATAL) << "part of the head";
    }
  }
  HeadFeatures(Value(head_.in), head_.scale.data(), head_shift_.data(),
               head_.channels, head_.size, features_.data(),
               &masks_[head_.mask]);
  for (int k = 0; k < classes_; ++k) {
    const float* weight = &linear_weight_[int64_t{k} * head_.channels];
    float sum = linear_bias_[k];
    for (int c = 0; c < head_.channels; ++c) sum += weight[c] * features_[c];
    logits[k] = sum;
  }
}

void FusedGradients::HeadGradients(const float* logit_gradient, float* row) {
  const int channels = head_.channels;
  std::fill(feature_gradients_.begin(), feature_gradients_.end(), 0.0f);
  for (int k = 0; k < classes_; ++k) {
    const float g = logit_gradient[k];
    const float* weight = &linear_weight_[int64_t{k} * channels];
    float* weight_gradient = row + linear_weight_row_ + int64_t{k} * channels;
    for (int c = 0; c < channels; ++c) {
      feature_gradients_[c] += g * weight[c];
      weight_gradient[c] = g * features_[c];
    }
    if (linear_bias_row_ >= 0) row[linear_bias_row_ + k] = g;
  }
  // At BatchNorm's output, then at its input.
  HeadGradient(feature_gradients_.data(), ones_.data(), &masks_[head_.mask],
               channels, head_.size, head_gradient_.data());
  std::fill(sums_.begin(), sums_.end(), 0.0);
  std::fill(products_.begin(), products_.end(), 0.0);
  ChannelProducts(head_gradient_.data(), Value(head_.in), head_.mean.data(),
                  channels, head_.size, sums_.data(), products_.data());
  for (int c = 0; c < channels; ++c) {
    row[head_.norm_weight_row + c] =
        static_cast<float>(products_[c] * head_.inverse_deviation[c]);
    if (head_.norm_bias_row >= 0) {
      row[head_.norm_bias_row + c] = static_cast<float>(sums_[c]);
    }
  }
  ChannelAffine(head_gradient_.data(), head_.scale.data(), zeros_.data(),
                channels, head_.size, /*accumulate=*/false, Gradient(head_.in));
}

void FusedGradients::ConvolutionGradient(const Step& step, float* row) {
  const ConvolutionShape& shape = step.shape;
  const float* gradient = Gradient(step.out);
  float* weight_gradient = row + step.weight_row;
  std::fill_n(weight_gradient, step.weight.size(), 0.0f);
  AddWeightGradient(shape, Value(step.in), gradient, weight_gradient);
  if (!step.scale.empty()) {
    const int channels = shape.out_channels;
    std::fill(sums_.begin(), sums_.end(), 0.0);
    ChannelSums(gradient, channels, shape.out_size, sums_.data());
    ScaleWeightGradient(step.weight.data(), step.scale.data(),
                        static_cast<int64_t>(step.weight.size()) / channels,
                        channels, weight_gradient, weight_products_.data());
    for (int c = 0; c < channels; ++c) {
      row[step.norm_weight_row + c] =
          static_cast<float>((weight_products_[c] - step.mean[c] * sums_[c]) *
                             step.inverse_deviation[c]);
      if (step.norm_bias_row >= 0) {
        row[step.norm_bias_row + c] = static_cast<float>(sums_[c]);
      }
    }
  }
  for (const ConvolutionCall& call : step.input_gradient) {
    RunCall(call, gradient, nullptr, step.accumulate_gradient,
            Gradient(step.in));
  }
}

void FusedGradients::Backward(const float* logit_gradient, float* row) {
  HeadGradients(logit_gradient, row);
  for (auto it = steps_.rbegin(); it != steps_.rend(); ++it) {
    const Step& step = *it;
    switch (step.kind) {
      case LayerKind::kNormalize:
      case LayerKind::kZero:
        break;
      case LayerKind::kRelu:
        ReluGradient(Gradient(step.out), &masks_[step.mask],
                     PaddedFloats(step.channels, step.size),
                     step.accumulate_gradient, Gradient(step.in));
        break;
      case LayerKind::kConvolution:
        ConvolutionGradient(step, row);
        break;
      case LayerKind::kAveragePool3x3:
        AveragePool3x3Adjoint(Gradient(step.out), step.channels, step.size,
                              step.accumulate_gradient, scratch_.data(),
                              Gradient(step.in));
        break;
      case LayerKind::kAveragePool2x2:
        AveragePool2x2Adjoint(Gradient(step.out), step.channels, step.size,
                              step.accumulate_gradient, Gradient(step.in));
        break;
      case LayerKind::kSum:
        for (const Term& term : step.terms) {
          AddScaled(
              Gradient(step.out), term.scale,
              static_cast<int64_t>(buffers_[gradient_buffer_[step.out]].size()),
              term.accumulate_gradient, Gradient(term.value));
        }
        break;
      default:
        LOG(FATAL) << "part of the head";
    }
  }
}

}  // namespace robbench
