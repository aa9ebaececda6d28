#include "nas/cpu/image_gradient_engine.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "glog/logging.h"
#include "nas/cpu/cpu_kernels.h"

namespace robbench {
namespace {

// The memory that an instruction reads and writes for `count` images from
// number `first` on.
ImageGroup GroupOf(const Instruction& instruction, int64_t first, int64_t count,
                   SlotMemory& slots) {
  ImageGroup group{.images = static_cast<int>(count)};
  if (instruction.in >= 0) {
    group.in = slots.Image(instruction.in, first);
    group.in_stride = slots.stride(instruction.in);
  }
  if (instruction.out >= 0) {
    group.out = slots.Image(instruction.out, first);
    group.out_stride = slots.stride(instruction.out);
  }
  return group;
}

}  // namespace

ImageGradientEngine::ImageGradientEngine(const NetworkPlan& plan,
                                         const PixelNormalizer& normalizer,
                                         std::vector<FoldedNumbers> numbers)
    : program_(CompileProgram(plan, ProgramPurpose::kImageGradient)),
      normalizer_(normalizer),
      numbers_(std::move(numbers)),
      convolutions_(plan.layers.size()),
      image_floats_(int64_t{plan.size.image_channels} * plan.size.image_size *
                    plan.size.image_size),
      classes_(plan.size.classes) {
  for (const ProgramPhase& phase : program_.backward) {
    for (const Instruction& instruction : phase.instructions) {
      if (std::holds_alternative<Instruction::Head>(instruction.kernel)) {
        features_ = instruction.channels;
      } else if (std::holds_alternative<Instruction::Convolution>(
                     instruction.kernel)) {
        PrepareConvolution(ShapeOf(plan.layers[instruction.layer]),
                           instruction);
      }
    }
  }
}

void ImageGradientEngine::PrepareConvolution(const ConvolutionShape& shape,
                                             const Instruction& backward) {
  // The calls copy the weights, which are not needed afterwards.
  const std::vector<float> weight = std::move(numbers_[backward.layer].weight);
  Convolution& convolution = convolutions_[backward.layer];
  convolution.shape = shape;
  convolution.forward = {
      ForwardCall(shape, weight.data(), ConvolutionMethod::kFastest)};
  if (backward.out >= 0) {
    convolution.backward =
        InputGradientCalls(shape, weight.data(), ConvolutionMethod::kFastest);
    return;
  }
  reaches_image_ = true;
  constexpr int kTaps = 9;
  for (int i = 0; i < shape.in_channels; ++i) {
    for (int tap = 0; tap < kTaps; ++tap) {
      for (int o = 0; o < shape.out_channels; ++o) {
        convolution.stem_weight.push_back(
            weight[(int64_t{o} * shape.in_channels + i) * kTaps + tap]);
      }
    }
  }
}

LinearLayer ImageGradientEngine::Linear(const Instruction& head) const {
  const FoldedNumbers& numbers = numbers_[head.layer];
  return {numbers.weight.data(), numbers.bias.data(), classes_, features_};
}

ImageGradientEngine::Workspace ImageGradientEngine::MakeWorkspace() const {
  return {SlotMemory(program_, kGroup), std::vector<float>(features_)};
}

void ImageGradientEngine::Forward(std::span<const ForwardImage> images,
                                  Workspace& workspace) const {
  CHECK_LE(images.size(), kGroup);
  for (const ProgramPhase& phase : program_.forward) {
    RunPhase(phase, static_cast<int64_t>(images.size()),
             [&](const Instruction& instruction, int64_t first, int64_t count) {
               RunForward(instruction, first, images.subspan(first, count),
                          workspace);
             });
  }
}

void ImageGradientEngine::Backward(std::span<const BackwardImage> images,
                                   Workspace& workspace) const {
  CHECK_LE(images.size(), kGroup);
  for (const ProgramPhase& phase : program_.backward) {
    RunPhase(phase, static_cast<int64_t>(images.size()),
             [&](const Instruction& instruction, int64_t first, int64_t count) {
               RunBackward(instruction, first, images.subspan(first, count),
                           workspace);
             });
  }
  if (reaches_image_) return;
  for (const BackwardImage& image : images) {
    std::fill_n(image.image_gradient, image_floats_, 0.0f);
  }
}

void ImageGradientEngine::RunForward(const Instruction& instruction,
                                     int64_t first,
                                     std::span<const ForwardImage> images,
                                     Workspace& workspace) const {
  ImageGroup group = GroupOf(
      instruction, first, static_cast<int64_t>(images.size()), workspace.slots);
  const FoldedNumbers& numbers = numbers_[instruction.layer];
  if (std::holds_alternative<Instruction::Convolution>(instruction.kernel)) {
    for (const ConvolutionCall& call :
         convolutions_[instruction.layer].forward) {
      RunCall(call, group, numbers.bias.empty() ? nullptr : numbers.bias.data(),
              instruction.accumulate);
    }
    return;
  }
  for (const auto& [image, logits, mask] : images) {
    if (std::holds_alternative<Instruction::Normalize>(instruction.kernel)) {
      NormalizeImage(image, normalizer_, instruction.channels, instruction.size,
                     group.out);
    } else if (const auto* head =
                   std::get_if<Instruction::Head>(&instruction.kernel)) {
      const FoldedNumbers& norm = numbers_[head->norm];
      HeadFeatures(group.in, norm.weight.data(), norm.bias.data(), features_,
                   instruction.size, workspace.features.data(),
                   mask + head->mask);
      Linear(instruction).Forward(workspace.features.data(), logits);
    } else {
      robbench::RunForward(instruction, group.in, group.out, mask,
                           workspace.slots.scratch());
    }
    group.Next();
  }
}

void ImageGradientEngine::RunBackward(const Instruction& instruction,
                                      int64_t first,
                                      std::span<const BackwardImage> images,
                                      Workspace& workspace) const {
  ImageGroup group = GroupOf(
      instruction, first, static_cast<int64_t>(images.size()), workspace.slots);
  const Convolution& convolution = convolutions_[instruction.layer];
  for (const ConvolutionCall& call : convolution.backward) {
    RunCall(call, group, nullptr, instruction.accumulate);
  }
  if (!convolution.backward.empty()) return;
  for (const auto& [logit_gradient, mask, image_gradient] : images) {
    if (std::holds_alternative<Instruction::Convolution>(instruction.kernel)) {
      const auto& [shape, forward, backward, weight] = convolution;
      GradientToFewChannels(group.in, shape.out_channels, shape.in_size,
                            weight.data(), normalizer_.inverse_deviation.data(),
                            shape.in_channels, image_gradient);
    } else if (const auto* head =
                   std::get_if<Instruction::Head>(&instruction.kernel)) {
      Linear(instruction).Backward(logit_gradient, workspace.features.data());
      HeadGradient(workspace.features.data(),
                   numbers_[head->norm].weight.data(), mask + head->mask,
                   features_, instruction.size, group.out);
    } else {
      robbench::RunBackward(instruction, group.in, group.out, mask,
                            workspace.slots.scratch());
    }
    group.Next();
  }
}

}  // namespace robbench
