// Compares programs with plain evaluation, for all 15,625 cells and the three
// purposes, forward and backward, on three images. A number takes the place of
// a tensor, and each layer multiplies by a factor of its own, so that a slot
// that is overwritten too early, or read before it is written, gives another
// number.
#include "nas/cpu/cpu_program.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "nas/cell.h"
#include "nas/network_plan.h"
#include "nas/official_index.h"

namespace robbench {
namespace {

constexpr int kImages = 3;

// Arithmetic modulo 2^64 is exact, so the order of operations does not matter.
uint64_t Factor(int layer) { return 2 * uint64_t{7919} * layer + 104729; }

bool IsSumOrZero(const Layer& layer) {
  return layer.kind == LayerKind::kSum || layer.kind == LayerKind::kZero;
}

// The number of each value for an image whose pixel is `pixel`.
std::vector<uint64_t> PlainForward(const NetworkPlan& plan, uint64_t pixel) {
  std::vector<uint64_t> values(plan.num_values, 0);
  values[0] = pixel;
  for (size_t i = 0; i < plan.layers.size(); ++i) {
    const Layer& layer = plan.layers[i];
    if (layer.kind == LayerKind::kZero) continue;
    for (const int input : layer.inputs) {
      values[layer.output] += values[input];
    }
    if (!IsSumOrZero(layer)) {
      values[layer.output] *= Factor(static_cast<int>(i));
    }
  }
  return values;
}

// The derivative of the logits by each value.
std::vector<uint64_t> PlainBackward(const NetworkPlan& plan) {
  std::vector<uint64_t> gradients(plan.num_values, 0);
  gradients[plan.logits] = 1;
  for (int i = static_cast<int>(plan.layers.size()) - 1; i >= 0; --i) {
    const Layer& layer = plan.layers[i];
    if (layer.kind == LayerKind::kZero) continue;
    for (const int input : layer.inputs) {
      gradients[input] += gradients[layer.output] *
                          (IsSumOrZero(layer) ? uint64_t{1} : Factor(i));
    }
  }
  return gradients;
}

// Runs a program on numbers, and checks each of them against plain evaluation.
class Machine {
 public:
  Machine(const NetworkPlan& plan, ProgramPurpose purpose)
      : plan_(plan),
        is_folded_(purpose != ProgramPurpose::kTraining),
        program_(CompileProgram(plan, purpose)),
        gradients_(PlainBackward(plan)),
        slots_(program_.slots.size(), std::vector<uint64_t>(kImages, 0)) {
    for (int image = 0; image < kImages; ++image) {
      values_.push_back(PlainForward(plan, image + 1));
    }
    for (size_t i = 0; i < plan.layers.size(); ++i) {
      if (plan.layers[i].kind == LayerKind::kRelu) head_relu_ = i;
    }
  }

  // False where a number is not that of plain evaluation.
  bool Forward() {
    bool right = true;
    for (const ProgramPhase& phase : program_.forward) {
      RunPhase(
          phase, kImages,
          [&](const Instruction& instruction, int64_t first, int64_t count) {
            for (int64_t b = first; b < first + count; ++b) {
              right &= ForwardImage(instruction, b);
            }
          });
    }
    return right;
  }

  bool Backward() {
    bool right = true;
    for (const ProgramPhase& phase : program_.backward) {
      RunPhase(
          phase, kImages,
          [&](const Instruction& instruction, int64_t first, int64_t count) {
            for (int64_t b = first; b < first + count; ++b) {
              right &= BackwardImage(instruction, b);
            }
          });
    }
    return right;
  }

 private:
  uint64_t& At(int slot, int64_t image) {
    return slots_[slot][program_.slots[slot].every_image ? image : 0];
  }

  void Write(const Instruction& instruction, int64_t image, uint64_t number) {
    uint64_t& out = At(instruction.out, image);
    out = number + (instruction.accumulate ? out : 0);
  }

  // The product of the layers that an instruction stands for.
  uint64_t FactorOf(const Instruction& instruction) const {
    if (const auto* add = Get<Instruction::Add>(instruction)) {
      return static_cast<uint64_t>(add->factor);
    }
    const uint64_t factor = Factor(instruction.layer);
    if (const auto* convolution = Get<Instruction::Convolution>(instruction)) {
      const bool has_norm = is_folded_ && convolution->norm >= 0;
      return has_norm ? factor * Factor(convolution->norm) : factor;
    }
    if (const auto* head = Get<Instruction::Head>(instruction)) {
      const uint64_t mean = Factor(instruction.layer - 1);
      if (head->norm < 0) return factor * mean;
      return factor * mean * Factor(head->norm) * Factor(head_relu_);
    }
    return factor;
  }

  template <typename Kernel>
  static const Kernel* Get(const Instruction& instruction) {
    return std::get_if<Kernel>(&instruction.kernel);
  }

  bool ForwardImage(const Instruction& instruction, int64_t b) {
    const std::vector<uint64_t>& values = values_[b];
    const Layer& layer = plan_.layers[instruction.layer];
    if (Get<Instruction::Zero>(instruction) ||
        Get<Instruction::Normalize>(instruction)) {
      Write(instruction, b, values[layer.output]);
      return !instruction.accumulate;
    }
    const uint64_t in = At(instruction.in, b);
    if (Get<Instruction::Head>(instruction)) {
      return in * FactorOf(instruction) == values[plan_.logits];
    }
    if (!Get<Instruction::Statistics>(instruction)) {
      Write(instruction, b, in * FactorOf(instruction));
    }
    // Kernels that cannot add.
    if (instruction.accumulate &&
        (Get<Instruction::Relu>(instruction) ||
         Get<Instruction::AveragePool2x2>(instruction))) {
      return false;
    }
    // A sum's terms need not lie anywhere.
    return Get<Instruction::Add>(instruction) || in == values[layer.inputs[0]];
  }

  bool BackwardImage(const Instruction& instruction, int64_t b) {
    if (instruction.scratch >= 0) At(instruction.scratch, b) = 0xdead;
    if (Get<Instruction::Head>(instruction)) {
      Write(instruction, b, FactorOf(instruction));
      return !instruction.accumulate;
    }
    const uint64_t in = At(instruction.in, b);
    if (Get<Instruction::Add>(instruction)) {
      Write(instruction, b, in * FactorOf(instruction));
      return true;
    }
    const Layer& layer = plan_.layers[instruction.layer];
    int output = layer.output;
    uint64_t factor = FactorOf(instruction);
    const auto* convolution = Get<Instruction::Convolution>(instruction);
    if (convolution != nullptr && convolution->norm >= 0) {
      output = plan_.layers[convolution->norm].output;
      if (!is_folded_) factor *= Factor(convolution->norm);
    }
    const auto is_kept = [&](int slot, int value) {
      return slot < 0 || At(slot, b) == values_[b][value];
    };
    const bool right = in == gradients_[output] &&
                       is_kept(instruction.kept_input, layer.inputs[0]) &&
                       is_kept(instruction.kept_output, layer.output);
    if (instruction.out >= 0) Write(instruction, b, in * factor);
    return right;
  }

  const NetworkPlan& plan_;
  const bool is_folded_;
  const CpuProgram program_;
  std::vector<std::vector<uint64_t>> values_;  // by image
  const std::vector<uint64_t> gradients_;
  std::vector<std::vector<uint64_t>> slots_;
  int head_relu_ = -1;
};

TEST(CpuProgramTest, AllCellsGiveWhatPlainEvaluationGives) {
  for (int index = 0; index < kNumCells; ++index) {
    const Cell cell = Cell::FromPosition(index);
    const NetworkPlan plan =
        MakeNetworkPlan(cell, {.channels = 8, .cells_per_stage = 2}).value();
    for (const ProgramPurpose purpose :
         {ProgramPurpose::kImageGradient, ProgramPurpose::kTraining,
          ProgramPurpose::kSampleGradients}) {
      if (!ProgramSupports(plan, purpose)) GTEST_SKIP() << "no AVX2";
      Machine machine(plan, purpose);
      ASSERT_TRUE(machine.Forward()) << cell.Code();
      ASSERT_TRUE(machine.Backward()) << cell.Code();
      if (purpose != ProgramPurpose::kSampleGradients) continue;
      ASSERT_TRUE(machine.Backward()) << cell.Code() << ", again";
    }
  }
}

// A few slots serve a whole network, so that attacks stay in the cache.
TEST(CpuProgramTest, SlotsServeManyValues) {
  const NetworkPlan plan =
      MakeNetworkPlan(*Cell::FromCode("333333"), {.cells_per_stage = 5})
          .value();
  if (!ProgramSupports(plan, ProgramPurpose::kImageGradient)) {
    GTEST_SKIP() << "no AVX2";
  }
  const CpuProgram program =
      CompileProgram(plan, ProgramPurpose::kImageGradient);
  EXPECT_LT(program.slots.size(), 30);
  EXPECT_GT(plan.num_values, 250);
}

}  // namespace
}  // namespace robbench
