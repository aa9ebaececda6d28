#include "nas/cpu/fused_engine.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "glog/logging.h"
#include "nas/cpu/buffer_plan.h"
#include "nas/cpu/cpu_kernels.h"
#include "nas/cpu/fused_convolution.h"

namespace robbench {
namespace {

bool IsHead(LayerKind kind) {
  return kind == LayerKind::kBatchNorm ||
         kind == LayerKind::kGlobalAveragePool || kind == LayerKind::kLinear;
}

}  // namespace

void NormalizeImage(const float* image, const FusedNormalizer& normalizer,
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

// A kernel call. Buffers are first numbers of values, after allocation
// numbers of the workspace's buffers.
struct FusedEngine::Operation {
  enum Kind {
    kNormalize,
    kZero,
    kAdd,
    kConvolve,
    kFewChannels,
    kRelu,
    kReluGradient,
    kPool3,
    kPool3Adjoint,
    kPool2,
    kPool2Adjoint,
    kHead,
    kHeadGradient,
    kZeroImage,
  };
  Kind kind;
  int in = -1;
  int out = -1;
  bool accumulate = false;
  int channels = 0;
  int size = 0;
  float factor = 1;                    // kAdd
  int64_t count = 0;                   // floats of a buffer
  int64_t mask = 0;                    // position of the mask
  std::vector<ConvolutionCall> calls;  // kConvolve
  FusedNormalizer normalizer;          // kNormalize
  std::vector<float> weight;           // kHead: linear; kFewChannels
  std::vector<float> bias;             // kHead: linear; kConvolve
  std::vector<float> scale;            // kHead: BatchNorm; kFewChannels
  std::vector<float> shift;
  int classes = 0;

  // What it reads and writes for `count` images from number `first` on.
  ImageGroup Group(int first, size_t count, Workspace& workspace) const {
    ImageGroup group{.images = static_cast<int>(count)};
    if (in >= 0) {
      const Buffer& buffer = workspace.buffers[in];
      group.in_stride = buffer.stride;
      group.in = buffer.data.data() + first * buffer.stride;
    }
    if (out >= 0) {
      Buffer& buffer = workspace.buffers[out];
      group.out_stride = buffer.stride;
      group.out = buffer.data.data() + first * buffer.stride;
    }
    return group;
  }
};

class FusedEngine::Compiler {
 public:
  Compiler(const std::vector<FusedStep>& steps, int image_channels,
           int image_size, const FusedNormalizer& normalizer,
           FusedEngine& engine)
      : steps_(steps),
        image_channels_(image_channels),
        image_size_(image_size),
        normalizer_(normalizer),
        engine_(engine) {}

  void Run() {
    engine_.image_floats_ =
        int64_t{image_channels_} * image_size_ * image_size_;
    PlanValues();
    const int num_steps = static_cast<int>(steps_.size());
    for (int i = 0; i < num_steps; ++i) EmitForward(i);
    std::map<int, bool>().swap(written_);
    for (int i = num_steps - 1; i >= 0; --i) EmitBackward(i);
    if (!image_gradient_written_) {
      engine_.backward_.push_back({.kind = Operation::kZeroImage});
    }
    // The passes run one after the other and share the buffers.
    Split();
    Allocate(engine_.forward_);
    Allocate(engine_.backward_);
  }

 private:
  // The value whose buffer holds `value`.
  int Home(int value) const { return plan_.home[value]; }

  void PlanValues() {
    std::vector<BufferStep> steps;
    int num_values = 0;
    for (const FusedStep& step : steps_) {
      shapes_[step.output] = {step.out_channels, step.out_size};
      steps.push_back({step.kind, step.inputs, step.output});
      num_values = std::max(num_values, step.output + 1);
      for (int input : step.inputs) {
        num_values = std::max(num_values, input + 1);
      }
    }
    plan_ = PlanBuffers(steps, num_values);
  }

  // Whether `value` has been written before in this pass; it is now.
  bool Touch(int value) { return std::exchange(written_[value], true); }

  int64_t Floats(int value) const {
    const auto& [channels, size] = shapes_.at(value);
    return PaddedFloats(channels, size);
  }

  int64_t NewMask(int64_t bits) {
    return std::exchange(engine_.mask_bytes_,
                         engine_.mask_bytes_ + (bits + 7) / 8);
  }

  Operation Basic(Operation::Kind kind, int in, int out, int channels,
                  int size) {
    Operation operation{.kind = kind, .in = in, .out = out};
    operation.accumulate = Touch(out);
    operation.channels = channels;
    operation.size = size;
    operation.count = Floats(out);
    engine_.scratch_floats_ =
        std::max(engine_.scratch_floats_, int64_t{channels} * (size + 2));
    return operation;
  }

  void EmitForward(int index) {
    const FusedStep& step = steps_[index];
    const int in = Home(step.inputs[0]);
    const int out = Home(step.output);
    std::vector<Operation>& program = engine_.forward_;
    switch (step.kind) {
      case LayerKind::kNormalize: {
        Operation operation = Basic(Operation::kNormalize, -1, out,
                                    step.in_channels, step.in_size);
        operation.normalizer = normalizer_;
        program.push_back(std::move(operation));
        normalized_ = step.output;
        return;
      }
      case LayerKind::kZero:
        program.push_back(
            Basic(Operation::kZero, -1, out, step.out_channels, step.out_size));
        return;
      case LayerKind::kRelu: {
        if (step.inputs[0] == head_norm_) return;  // part of the head
        Operation operation =
            Basic(Operation::kRelu, in, out, step.in_channels, step.in_size);
        operation.mask = masks_[step.output] = NewMask(operation.count);
        program.push_back(std::move(operation));
        return;
      }
      case LayerKind::kConvolution:
        program.push_back(ForwardConvolution(step, in, out));
        return;
      case LayerKind::kAveragePool3x3:
        program.push_back(
            Basic(Operation::kPool3, in, out, step.in_channels, step.in_size));
        return;
      case LayerKind::kAveragePool2x2:
        program.push_back(
            Basic(Operation::kPool2, in, out, step.in_channels, step.in_size));
        return;
      case LayerKind::kSum:
        for (const SumTerm& term : plan_.terms[index]) {
          EmitAdd(program, Home(term.value), out, term.scale, step);
        }
        return;
      case LayerKind::kBatchNorm:
        head_norm_ = step.output;
        head_.in = in;
        head_.kind = Operation::kHead;
        head_.channels = step.in_channels;
        head_.size = step.in_size;
        head_.scale = step.weight;
        head_.shift = step.bias;
        head_.mask =
            NewMask(int64_t{step.in_channels} * step.in_size * step.in_size);
        return;
      case LayerKind::kGlobalAveragePool:
        return;
      case LayerKind::kLinear:
        head_.weight = step.weight;
        head_.bias = step.bias;
        head_.classes = step.out_channels;
        engine_.classes_ = step.out_channels;
        engine_.feature_floats_ = step.in_channels;
        program.push_back(head_);
        return;
    }
  }

  void EmitBackward(int index) {
    const FusedStep& step = steps_[index];
    const int in = Home(step.inputs[0]);  // written in this direction
    const int out = Home(step.output);
    std::vector<Operation>& program = engine_.backward_;
    switch (step.kind) {
      case LayerKind::kNormalize:
      case LayerKind::kZero:
      case LayerKind::kGlobalAveragePool:
      case LayerKind::kLinear:
        return;
      case LayerKind::kRelu: {
        if (step.inputs[0] == head_norm_) return;
        Operation operation = Basic(Operation::kReluGradient, out, in,
                                    step.in_channels, step.in_size);
        operation.mask = masks_[step.output];
        program.push_back(std::move(operation));
        return;
      }
      case LayerKind::kConvolution:
        if (step.inputs[0] == normalized_) {
          program.push_back(StemGradient(step, out));
        } else {
          program.push_back(BackwardConvolution(step, out, in));
        }
        return;
      case LayerKind::kAveragePool3x3:
        program.push_back(Basic(Operation::kPool3Adjoint, out, in,
                                step.in_channels, step.in_size));
        return;
      case LayerKind::kAveragePool2x2:
        program.push_back(Basic(Operation::kPool2Adjoint, out, in,
                                step.in_channels, step.in_size));
        return;
      case LayerKind::kSum:
        for (const SumTerm& term : plan_.terms[index]) {
          EmitAdd(program, out, Home(term.value), term.scale, step);
        }
        return;
      case LayerKind::kBatchNorm: {
        Operation operation = head_;
        operation.kind = Operation::kHeadGradient;
        operation.in = -1;
        operation.out = in;
        CHECK(!Touch(in)) << "the head is the only reader of its input";
        program.push_back(std::move(operation));
        return;
      }
    }
  }

  void EmitAdd(std::vector<Operation>& program, int in, int out, float factor,
               const FusedStep& step) {
    Operation operation =
        Basic(Operation::kAdd, in, out, step.out_channels, step.out_size);
    operation.factor = factor;
    program.push_back(std::move(operation));
  }

  static ConvolutionShape Shape(const FusedStep& step) {
    return {step.in_channels, step.out_channels, step.kernel,
            step.stride,      step.in_size,      step.out_size};
  }

  Operation ForwardConvolution(const FusedStep& step, int in, int out) {
    Operation operation =
        Basic(Operation::kConvolve, in, out, step.out_channels, step.out_size);
    operation.bias = step.bias;
    operation.calls = {ForwardCall(Shape(step), step.weight.data(),
                                   ConvolutionMethod::kFastest)};
    return operation;
  }

  Operation BackwardConvolution(const FusedStep& step, int in, int out) {
    Operation operation =
        Basic(Operation::kConvolve, in, out, step.in_channels, step.in_size);
    operation.calls = InputGradientCalls(Shape(step), step.weight.data(),
                                         ConvolutionMethod::kFastest);
    return operation;
  }

  Operation StemGradient(const FusedStep& step, int in) {
    Operation operation{.kind = Operation::kFewChannels, .in = in};
    operation.channels = step.out_channels;
    operation.size = step.in_size;
    operation.scale = normalizer_.inverse_deviation;
    for (int c = 0; c < step.in_channels; ++c) {
      for (int tap = 0; tap < 9; ++tap) {
        for (int o = 0; o < step.out_channels; ++o) {
          operation.weight.push_back(
              step.weight[(int64_t{o} * step.in_channels + c) * 9 + tap]);
        }
      }
    }
    image_gradient_written_ = true;
    return operation;
  }

  // Whether the value has the size of the last stage.
  bool IsLast(int value) const {
    return shapes_.at(value).second == head_.size;
  }

  // Before values are buffers.
  void Split() {
    const auto only_last = [&](const Operation& operation) {
      return (operation.in < 0 || IsLast(operation.in)) &&
             (operation.out < 0 || IsLast(operation.out)) &&
             operation.kind != Operation::kNormalize &&
             operation.kind != Operation::kFewChannels &&
             operation.kind != Operation::kZeroImage;
    };
    const auto& forward = engine_.forward_;
    const auto& backward = engine_.backward_;
    engine_.forward_split_ =
        std::find_if_not(forward.rbegin(), forward.rend(), only_last).base() -
        forward.begin();
    engine_.backward_split_ =
        std::find_if_not(backward.begin(), backward.end(), only_last) -
        backward.begin();
  }

  // Gives every value of a program a buffer; one that is read no more serves
  // the next value of its shape, so that the cache holds them all.
  void Allocate(std::vector<Operation>& program) {
    std::map<int, size_t> last_use;
    for (size_t i = 0; i < program.size(); ++i) {
      for (int value : {program[i].in, program[i].out}) last_use[value] = i;
    }
    std::map<std::pair<int, int>, std::vector<int>> unused = buffers_;
    std::map<int, int> buffer_of;
    for (size_t i = 0; i < program.size(); ++i) {
      Operation& operation = program[i];
      const int in = operation.in;
      const int out = operation.out;
      if (out >= 0 && !buffer_of.contains(out)) {
        std::vector<int>& same_shape = unused[shapes_.at(out)];
        if (same_shape.empty()) {
          const int number = static_cast<int>(engine_.buffer_sizes_.size());
          engine_.buffer_sizes_.push_back({Floats(out), IsLast(out)});
          buffers_[shapes_.at(out)].push_back(number);
          same_shape.push_back(number);
        }
        buffer_of[out] = same_shape.back();
        same_shape.pop_back();
      }
      if (in >= 0) operation.in = buffer_of.at(in);
      if (out >= 0) operation.out = buffer_of.at(out);
      for (int value : {in, out}) {
        if (value >= 0 && last_use[value] == i && buffer_of.contains(value)) {
          unused[shapes_.at(value)].push_back(buffer_of[value]);
          buffer_of.erase(value);
        }
      }
    }
  }

  const std::vector<FusedStep>& steps_;
  const int image_channels_;
  const int image_size_;
  const FusedNormalizer& normalizer_;
  FusedEngine& engine_;
  BufferPlan plan_;
  std::map<int, std::pair<int, int>> shapes_;  // by value: channels, size
  std::map<int, bool> written_;
  std::map<int, int64_t> masks_;                             // by ReLU output
  std::map<std::pair<int, int>, std::vector<int>> buffers_;  // by shape
  int normalized_ = -1;
  int head_norm_ = -1;
  Operation head_{};
  bool image_gradient_written_ = false;
};

bool FusedEngine::Supports(const std::vector<FusedStep>& steps) {
  if (!CpuKernelsAvailable()) return false;
  int heads = 0;
  for (const FusedStep& step : steps) {
    if (IsHead(step.kind)) ++heads;
    const bool first = step.kind == LayerKind::kNormalize;
    if (!first && step.kind != LayerKind::kLinear &&
        step.out_channels % kVector != 0) {
      return false;
    }
    if (step.kind == LayerKind::kConvolution &&
        !SupportsConvolution({step.in_channels, step.out_channels, step.kernel,
                              step.stride, step.in_size, step.out_size})) {
      return false;
    }
  }
  return heads == 3;
}

FusedEngine::FusedEngine(const std::vector<FusedStep>& steps,
                         int image_channels, int image_size,
                         const FusedNormalizer& normalizer) {
  CHECK(Supports(steps));
  Compiler(steps, image_channels, image_size, normalizer, *this).Run();
}

FusedEngine::~FusedEngine() = default;

FusedEngine::Workspace FusedEngine::MakeWorkspace() const {
  Workspace workspace;
  for (const auto& [floats, group] : buffer_sizes_) {
    workspace.buffers.push_back({AlignedFloats(floats * (group ? kGroup : 1)),
                                 static_cast<ptrdiff_t>(group ? floats : 0)});
  }
  workspace.features.resize(feature_floats_);
  workspace.scratch.resize(scratch_floats_);
  return workspace;
}

void FusedEngine::Forward(std::span<const ForwardImage> images,
                          Workspace& workspace) const {
  DCHECK_LE(images.size(), kGroup);
  for (size_t g = 0; g < images.size(); ++g) {
    for (size_t i = 0; i < forward_split_; ++i) {
      RunForward(forward_[i], static_cast<int>(g), images.subspan(g, 1),
                 workspace);
    }
  }
  for (size_t i = forward_split_; i < forward_.size(); ++i) {
    RunForward(forward_[i], 0, images, workspace);
  }
}

void FusedEngine::Backward(std::span<const BackwardImage> images,
                           Workspace& workspace) const {
  DCHECK_LE(images.size(), kGroup);
  for (size_t i = 0; i < backward_split_; ++i) {
    RunBackward(backward_[i], 0, images, workspace);
  }
  for (size_t g = 0; g < images.size(); ++g) {
    for (size_t i = backward_split_; i < backward_.size(); ++i) {
      RunBackward(backward_[i], static_cast<int>(g), images.subspan(g, 1),
                  workspace);
    }
  }
}

// `images` are those from number `first` of the group.
void FusedEngine::RunForward(const Operation& operation, int first,
                             std::span<const ForwardImage> images,
                             Workspace& workspace) const {
  ImageGroup group = operation.Group(first, images.size(), workspace);
  const int channels = operation.channels;
  const int size = operation.size;
  if (operation.kind == Operation::kConvolve) {
    for (const ConvolutionCall& call : operation.calls) {
      RunCall(call, group,
              operation.bias.empty() ? nullptr : operation.bias.data(),
              operation.accumulate);
    }
    return;
  }
  for (const auto& [image, logits, mask] : images) {
    const float* in = group.in;
    float* out = group.out;
    switch (operation.kind) {
      case Operation::kNormalize:
        NormalizeImage(image, operation.normalizer, channels, size, out);
        break;
      case Operation::kZero:
        std::memset(out, 0, operation.count * sizeof(float));
        break;
      case Operation::kAdd:
        AddScaled(in, operation.factor, operation.count, operation.accumulate,
                  out);
        break;
      case Operation::kRelu:
        Relu(in, operation.count, out, mask + operation.mask);
        break;
      case Operation::kPool3:
        AveragePool3x3(in, channels, size, operation.accumulate,
                       workspace.scratch.data(), out);
        break;
      case Operation::kPool2:
        AveragePool2x2(in, channels, size, out);
        break;
      case Operation::kHead: {
        float* features = workspace.features.data();
        HeadFeatures(in, operation.scale.data(), operation.shift.data(),
                     channels, size, features, mask + operation.mask);
        for (int k = 0; k < operation.classes; ++k) {
          const float* weights = &operation.weight[int64_t{k} * channels];
          float sum = operation.bias[k];
          for (int c = 0; c < channels; ++c) sum += weights[c] * features[c];
          logits[k] = sum;
        }
        break;
      }
      default:
        LOG(FATAL) << "not a forward operation";
    }
    group.Next();
  }
}

void FusedEngine::RunBackward(const Operation& operation, int first,
                              std::span<const BackwardImage> images,
                              Workspace& workspace) const {
  ImageGroup group = operation.Group(first, images.size(), workspace);
  const int channels = operation.channels;
  const int size = operation.size;
  if (operation.kind == Operation::kConvolve) {
    for (const ConvolutionCall& call : operation.calls) {
      RunCall(call, group, nullptr, operation.accumulate);
    }
    return;
  }
  for (const auto& [logit_gradient, mask, image_gradient] : images) {
    const float* in = group.in;
    float* out = group.out;
    switch (operation.kind) {
      case Operation::kAdd:
        AddScaled(in, operation.factor, operation.count, operation.accumulate,
                  out);
        break;
      case Operation::kFewChannels:
        GradientToFewChannels(
            in, channels, size, operation.weight.data(), operation.scale.data(),
            static_cast<int>(operation.scale.size()), image_gradient);
        break;
      case Operation::kReluGradient:
        ReluGradient(in, mask + operation.mask, operation.count,
                     operation.accumulate, out);
        break;
      case Operation::kPool3Adjoint:
        AveragePool3x3Adjoint(in, channels, size, operation.accumulate,
                              workspace.scratch.data(), out);
        break;
      case Operation::kPool2Adjoint:
        AveragePool2x2Adjoint(in, channels, size, operation.accumulate, out);
        break;
      case Operation::kHeadGradient: {
        float* features = workspace.features.data();
        std::fill(workspace.features.begin(), workspace.features.end(), 0.0f);
        for (int k = 0; k < operation.classes; ++k) {
          const float* weights = &operation.weight[int64_t{k} * channels];
          for (int c = 0; c < channels; ++c) {
            features[c] += logit_gradient[k] * weights[c];
          }
        }
        HeadGradient(features, operation.scale.data(), mask + operation.mask,
                     channels, size, out);
        break;
      }
      case Operation::kZeroImage:
        std::fill_n(image_gradient, image_floats_, 0.0f);
        break;
      default:
        LOG(FATAL) << "not a backward operation";
    }
    group.Next();
  }
}

}  // namespace robbench
