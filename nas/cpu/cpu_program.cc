#include "nas/cpu/cpu_program.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <tuple>
#include <utility>
#include <variant>

#include "glog/logging.h"
#include "nas/cpu/buffer_plan.h"
#include "nas/cpu/convolution_calls.h"
#include "nas/cpu/cpu_kernels.h"

namespace robbench {
namespace {

bool IsFolded(ProgramPurpose purpose) {
  return purpose != ProgramPurpose::kTraining;
}

class Compiler {
 public:
  Compiler(const NetworkPlan& plan, ProgramPurpose purpose)
      : plan_(plan), purpose_(purpose) {}

  CpuProgram Compile() {
    ChooseLayers();
    const int num_steps = static_cast<int>(steps_.size());
    program_.forward.emplace_back();
    for (int k = 0; k < num_steps; ++k) EmitForward(k);
    program_.backward.emplace_back();
    for (int k = num_steps - 1; k >= 0; --k) EmitBackward(k);
    if (purpose_ == ProgramPurpose::kImageGradient) SplitLastStage();
    AllocateSlots();
    return std::move(program_);
  }

 private:
  // A layer and the BatchNorm that follows it (-1: none). In folded programs
  // the two are one step.
  struct Step {
    int layer;
    int norm;
    int output;  // value
  };

  // Until slots are allocated, instructions name memory by these numbers.
  int Value(int value) const { return buffers_.home[value]; }
  int Gradient(int value) const {
    return plan_.num_values + buffers_.home[value];
  }
  int Scratch(int value) {
    shapes_.push_back(shapes_[value]);
    return static_cast<int>(shapes_.size()) - 1;
  }

  void ChooseLayers() {
    const int num_layers = static_cast<int>(plan_.layers.size());
    std::vector<BufferStep> steps;
    shapes_.resize(plan_.num_values);
    follows_convolution_.resize(num_layers);
    for (int i = 0; i < num_layers; ++i) {
      const Layer& layer = plan_.layers[i];
      shapes_[layer.output] = {layer.out_channels, layer.out_size};
      if (IsFolded(purpose_) && !layer.live) continue;
      Step step{i, -1, layer.output};
      if (layer.kind == LayerKind::kConvolution && i + 1 < num_layers &&
          plan_.layers[i + 1].kind == LayerKind::kBatchNorm &&
          plan_.layers[i + 1].inputs[0] == layer.output) {
        step.norm = i + 1;
        follows_convolution_[i + 1] = true;
      }
      if (step.norm >= 0 && IsFolded(purpose_)) {
        step.output = plan_.layers[++i].output;
        shapes_[step.output] = shapes_[layer.output];
      }
      steps.push_back({layer.kind, layer.inputs, step.output});
      steps_.push_back(step);
    }
    buffers_ = PlanBuffers(steps, plan_.num_values);
    // Gradients have the shapes of their values.
    std::vector<std::pair<int, int>> gradients = shapes_;
    shapes_.insert(shapes_.end(), gradients.begin(), gradients.end());
    written_.resize(shapes_.size());
  }

  Instruction& Append(std::vector<ProgramPhase>& phases, const Step& step,
                      const Instruction::Kernel& kernel, int in, int out) {
    const Layer& layer = plan_.layers[step.layer];
    Instruction& added = phases.back().instructions.emplace_back();
    added.kernel = kernel;
    added.layer = step.layer;
    added.channels = layer.in_channels;
    added.size = layer.in_size;
    added.in = in;
    added.out = out;
    if (out >= 0) {
      added.accumulate = written_[out];
      written_[out] = true;
    }
    return added;
  }

  int64_t NewMask(int64_t bits) {
    return std::exchange(program_.mask_bytes,
                         program_.mask_bytes + (bits + 7) / 8);
  }

  bool IsHeadRelu(const Layer& layer) const {
    return IsFolded(purpose_) && layer.inputs[0] == head_norm_output_;
  }

  void EmitForward(int k) {
    const Step& step = steps_[k];
    const Layer& layer = plan_.layers[step.layer];
    const int in = Value(layer.inputs[0]);
    const int out = Value(step.output);
    std::vector<ProgramPhase>& forward = program_.forward;
    switch (layer.kind) {
      case LayerKind::kNormalize:
        normalized_ = layer.output;
        Append(forward, step, Instruction::Normalize{}, -1, out);
        return;
      case LayerKind::kZero:
        Append(forward, step, Instruction::Zero{}, -1, out);
        return;
      case LayerKind::kRelu:
        if (IsHeadRelu(layer)) return;
        masks_[step.layer] =
            NewMask(PaddedFloats(layer.in_channels, layer.in_size));
        Append(forward, step, Instruction::Relu{masks_[step.layer]}, in, out);
        return;
      case LayerKind::kConvolution:
        Append(forward, step, Instruction::Convolution{step.norm}, in, out);
        return;
      case LayerKind::kBatchNorm:
        if (IsFolded(purpose_)) {
          head_norm_output_ = layer.output;
          head_.norm = step.layer;
          head_.mask = NewMask(int64_t{layer.in_channels} * layer.in_size *
                               layer.in_size);
          head_input_ = layer.inputs[0];
          return;
        }
        Append(forward, step, Instruction::Statistics{}, in, -1);
        forward.emplace_back();
        Append(forward, step, Instruction::BatchNorm{}, in, out);
        return;
      case LayerKind::kAveragePool3x3:
        program_.scratch_floats =
            std::max(program_.scratch_floats,
                     int64_t{layer.in_channels} * (layer.in_size + 2));
        Append(forward, step, Instruction::AveragePool3x3{}, in, out);
        return;
      case LayerKind::kAveragePool2x2:
        Append(forward, step, Instruction::AveragePool2x2{}, in, out);
        return;
      case LayerKind::kSum:
        for (const SumTerm& term : buffers_.terms[k]) {
          Append(forward, step, Instruction::Add{term.scale}, Value(term.value),
                 out);
        }
        return;
      case LayerKind::kGlobalAveragePool:
        if (!IsFolded(purpose_)) head_input_ = layer.inputs[0];
        return;
      case LayerKind::kLinear:
        AppendHead(forward, step, Value(head_input_), -1);
        return;
    }
  }

  void EmitBackward(int k) {
    const Step& step = steps_[k];
    const Layer& layer = plan_.layers[step.layer];
    if (!layer.live) return;
    const int in = Gradient(step.output);
    const int out = Gradient(layer.inputs[0]);
    std::vector<ProgramPhase>& backward = program_.backward;
    switch (layer.kind) {
      case LayerKind::kNormalize:
      case LayerKind::kZero:
      case LayerKind::kGlobalAveragePool:
        return;
      case LayerKind::kRelu:
        if (IsHeadRelu(layer)) return;
        Append(backward, step, Instruction::Relu{masks_[step.layer]}, in, out);
        return;
      case LayerKind::kConvolution:
        return EmitConvolutionGradient(step, layer);
      case LayerKind::kBatchNorm: {
        if (IsFolded(purpose_)) return;
        const int kept = Value(layer.inputs[0]);
        Append(backward, step, Instruction::Statistics{}, in, -1).kept_input =
            kept;
        backward.emplace_back();
        // After a convolution its gradient is computed there, where it is used.
        if (follows_convolution_[step.layer]) return;
        Append(backward, step, Instruction::BatchNorm{}, in, out).kept_input =
            kept;
        return;
      }
      case LayerKind::kAveragePool3x3:
        Append(backward, step, Instruction::AveragePool3x3{}, in, out);
        return;
      case LayerKind::kAveragePool2x2:
        Append(backward, step, Instruction::AveragePool2x2{}, in, out);
        return;
      case LayerKind::kSum:
        for (const SumTerm& term : buffers_.terms[k]) {
          Append(backward, step, Instruction::Add{term.scale}, in,
                 Gradient(term.value));
        }
        return;
      case LayerKind::kLinear: {
        Instruction& head =
            AppendHead(backward, step, -1, Gradient(head_input_));
        if (purpose_ != ProgramPurpose::kSampleGradients) return;
        head.kept_input = Value(head_input_);
        head.scratch = Scratch(head_input_);
        return;
      }
    }
  }

  Instruction& AppendHead(std::vector<ProgramPhase>& phases, const Step& step,
                          int in, int out) {
    Instruction& head = Append(phases, step, head_, in, out);
    std::tie(head.channels, head.size) = shapes_[head_input_];
    return head;
  }

  void EmitConvolutionGradient(const Step& step, const Layer& layer) {
    const bool is_stem = layer.inputs[0] == normalized_;
    const int output =
        step.norm < 0 ? step.output : plan_.layers[step.norm].output;
    Instruction& added =
        Append(program_.backward, step, Instruction::Convolution{step.norm},
               Gradient(output), is_stem ? -1 : Gradient(layer.inputs[0]));
    if (purpose_ == ProgramPurpose::kImageGradient) return;
    added.kept_input = Value(layer.inputs[0]);
    if (purpose_ != ProgramPurpose::kTraining || step.norm < 0) return;
    added.kept_output = Value(step.output);
    added.scratch = Scratch(step.output);
  }

  // Whether an instruction reads and writes slots of the last stage only.
  bool IsLastStage(const Instruction& instruction) const {
    if (std::holds_alternative<Instruction::Normalize>(instruction.kernel) ||
        (std::holds_alternative<Instruction::Convolution>(instruction.kernel) &&
         instruction.out < 0)) {
      return false;
    }
    const auto is_last = [&](int number) {
      return number < 0 ||
             shapes_[number].second == shapes_[head_input_].second;
    };
    return is_last(instruction.in) && is_last(instruction.out);
  }

  void SplitLastStage() {
    std::vector<Instruction>& forward = program_.forward[0].instructions;
    const auto last = std::find_if_not(forward.rbegin(), forward.rend(),
                                       [&](const Instruction& instruction) {
                                         return IsLastStage(instruction);
                                       })
                          .base();
    ProgramPhase stage{{last, forward.end()}, /*together=*/true};
    forward.erase(last, forward.end());
    program_.forward.push_back(std::move(stage));
    std::vector<Instruction>& backward = program_.backward[0].instructions;
    const auto rest = std::find_if_not(backward.begin(), backward.end(),
                                       [&](const Instruction& instruction) {
                                         return IsLastStage(instruction);
                                       });
    ProgramPhase others{{rest, backward.end()}, /*together=*/false};
    backward.erase(rest, backward.end());
    program_.backward[0].together = true;
    program_.backward.push_back(std::move(others));
  }

  // When memory is used. Instructions and phases are counted over both passes.
  struct Life {
    int last = -1;
    int first_phase = std::numeric_limits<int>::max();
    int last_phase = -1;
    bool together = false;

    bool every_image() const { return together || first_phase != last_phase; }
  };

  static std::array<int*, 5> Numbers(Instruction& instruction) {
    return {&instruction.in, &instruction.out, &instruction.kept_input,
            &instruction.kept_output, &instruction.scratch};
  }

  // Calls visit(instruction, position, phase number, phase) for each
  // instruction, in order.
  template <typename Visit>
  void VisitInstructions(const Visit& visit) {
    int position = 0;
    int number = 0;
    for (std::vector<ProgramPhase>* pass :
         {&program_.forward, &program_.backward}) {
      for (ProgramPhase& phase : *pass) {
        for (Instruction& instruction : phase.instructions) {
          visit(instruction, position++, number, phase);
        }
        ++number;
      }
    }
  }

  void AllocateSlots() {
    std::vector<Life> lives(shapes_.size());
    const bool may_run_again = purpose_ == ProgramPurpose::kSampleGradients;
    VisitInstructions([&](Instruction& instruction, int position, int number,
                          const ProgramPhase& phase) {
      for (const int* memory : Numbers(instruction)) {
        if (*memory < 0) continue;
        Life& life = lives[*memory];
        life.last = std::max(life.last, position);
        life.first_phase = std::min(life.first_phase, number);
        life.last_phase = number;
        life.together |= phase.together;
      }
      if (may_run_again && instruction.kept_input >= 0) {
        lives[instruction.kept_input].last = std::numeric_limits<int>::max();
      }
    });
    // Slots that nothing reads any more, by shape and by whether they have
    // memory for every image.
    std::map<std::tuple<int, int, bool>, std::vector<int>> unused;
    const auto unused_like = [&](int memory) -> std::vector<int>& {
      const auto& [channels, size] = shapes_[memory];
      return unused[{channels, size, lives[memory].every_image()}];
    };
    std::vector<int> slot(shapes_.size(), -1);
    VisitInstructions(
        [&](Instruction& instruction, int position, int, const ProgramPhase&) {
          const std::array<int*, 5> numbers = Numbers(instruction);
          std::array<int, 5> used;
          for (size_t i = 0; i < numbers.size(); ++i) {
            const int memory = used[i] = *numbers[i];
            if (memory < 0) continue;
            if (slot[memory] < 0) {
              std::vector<int>& same = unused_like(memory);
              if (same.empty()) {
                same.push_back(static_cast<int>(program_.slots.size()));
                program_.slots.push_back({shapes_[memory].first,
                                          shapes_[memory].second,
                                          lives[memory].every_image()});
              }
              slot[memory] = same.back();
              same.pop_back();
            }
            *numbers[i] = slot[memory];
          }
          for (const int memory : used) {
            if (memory < 0 || lives[memory].last != position) continue;
            unused_like(memory).push_back(slot[memory]);
            lives[memory].last = -1;  // given back once
          }
        });
  }

  const NetworkPlan& plan_;
  const ProgramPurpose purpose_;
  CpuProgram program_;
  std::vector<Step> steps_;
  BufferPlan buffers_;
  std::vector<bool> follows_convolution_;    // by layer
  std::vector<std::pair<int, int>> shapes_;  // channels, size; by number
  std::vector<bool> written_;                // by number
  std::map<int, int64_t> masks_;             // by layer
  Instruction::Head head_{-1, -1};
  int head_norm_output_ = -1;  // values
  int head_input_ = -1;
  int normalized_ = -1;
};

}  // namespace

bool ProgramSupports(const NetworkPlan& plan, ProgramPurpose purpose) {
  if (!CpuKernelsAvailable()) return false;
  for (const Layer& layer : plan.layers) {
    if (purpose == ProgramPurpose::kImageGradient && !layer.live) continue;
    if (layer.kind == LayerKind::kNormalize ||
        layer.kind == LayerKind::kLinear) {
      continue;
    }
    if (layer.out_channels % kVector != 0) return false;
    if (layer.kind == LayerKind::kConvolution &&
        !SupportsConvolution(ShapeOf(layer))) {
      return false;
    }
  }
  return true;
}

CpuProgram CompileProgram(const NetworkPlan& plan, ProgramPurpose purpose) {
  CHECK(ProgramSupports(plan, purpose));
  return Compiler(plan, purpose).Compile();
}

SlotMemory::SlotMemory(const CpuProgram& program, int64_t images)
    : scratch_(program.scratch_floats) {
  for (const ProgramSlot& slot : program.slots) {
    const int64_t floats = PaddedFloats(slot.channels, slot.size);
    buffers_.emplace_back(floats * (slot.every_image ? images : 1));
    strides_.push_back(slot.every_image ? floats : 0);
  }
}

}  // namespace robbench
