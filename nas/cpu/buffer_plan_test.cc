// Compares evaluation in shared buffers with plain evaluation, of all 15,625
// cells, forward and backward. A number takes the place of a tensor, and each
// operation multiplies by a factor of its own, so that a buffer that is
// overwritten too early gives another number.
#include "nas/cpu/buffer_plan.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nas/cell.h"
#include "nas/network_plan.h"
#include "nas/official_index.h"

namespace robbench {
namespace {

// Arithmetic modulo 2^64 is exact, so the order of operations does not matter.
uint64_t Factor(int step) { return 2 * uint64_t{7919} * step + 104729; }

std::vector<BufferStep> Steps(const NetworkPlan& plan) {
  std::vector<BufferStep> steps;
  for (const Layer& layer : plan.layers) {
    steps.push_back({layer.kind, layer.inputs, layer.output});
  }
  return steps;
}

std::vector<uint64_t> PlainForward(const std::vector<BufferStep>& steps,
                                   int num_values) {
  std::vector<uint64_t> value(num_values, 1);
  for (int i = 0; i < static_cast<int>(steps.size()); ++i) {
    uint64_t& out = value[steps[i].output];
    out = 0;
    if (steps[i].kind == LayerKind::kZero) continue;
    for (int input : steps[i].inputs) out += value[input];
    if (steps[i].kind != LayerKind::kSum) out *= Factor(i);
  }
  return value;
}

// Evaluates in shared buffers, as the engines do. `seen` is what each step
// read.
class Homes {
 public:
  Homes(const std::vector<BufferStep>& steps, int num_values)
      : steps_(steps),
        plan_(PlanBuffers(steps, num_values)),
        buffer_(num_values, 0) {}

  void Forward() {
    Add(0, 1);
    for (int i = 0; i < static_cast<int>(steps_.size()); ++i) {
      const BufferStep& step = steps_[i];
      seen_.push_back(buffer_[Home(step.inputs[0])]);
      if (step.kind == LayerKind::kSum) {
        for (const SumTerm& term : plan_.terms[i]) {
          Add(step.output,
              static_cast<uint64_t>(term.scale) * buffer_[Home(term.value)]);
        }
      } else if (step.kind == LayerKind::kZero) {
        Add(step.output, 0);
      } else {
        Add(step.output, Factor(i) * seen_.back());
      }
    }
  }

  // Gradients of value 0 from that of the last value.
  uint64_t Backward() {
    buffer_.assign(buffer_.size(), 0);
    Add(steps_.back().output, 1);
    for (int i = static_cast<int>(steps_.size()) - 1; i >= 0; --i) {
      const BufferStep& step = steps_[i];
      const uint64_t gradient = buffer_[Home(step.output)];
      if (step.kind == LayerKind::kSum) {
        for (const SumTerm& term : plan_.terms[i]) {
          Add(term.value, static_cast<uint64_t>(term.scale) * gradient);
        }
      } else if (step.kind != LayerKind::kZero) {
        Add(step.inputs[0], Factor(i) * gradient);
      }
    }
    return buffer_[Home(0)];
  }

  const std::vector<uint64_t>& seen() const { return seen_; }
  int Home(int value) const { return plan_.home[value]; }
  const BufferPlan& plan() const { return plan_; }

 private:
  void Add(int value, uint64_t number) { buffer_[Home(value)] += number; }

  const std::vector<BufferStep> steps_;
  const BufferPlan plan_;
  std::vector<uint64_t> buffer_;
  std::vector<uint64_t> seen_;
};

TEST(BufferPlanTest, AllCellsGiveWhatPlainEvaluationGives) {
  for (int index = 0; index < kNumCells; ++index) {
    const Cell cell = Cell::FromPosition(index);
    const NetworkPlan plan =
        MakeNetworkPlan(cell, {.cells_per_stage = 2}).value();
    const std::vector<BufferStep> steps = Steps(plan);
    const std::vector<uint64_t> value = PlainForward(steps, plan.num_values);
    Homes homes(steps, plan.num_values);
    homes.Forward();
    for (size_t i = 0; i < steps.size(); ++i) {
      // A sum's inputs need not lie anywhere.
      if (steps[i].kind == LayerKind::kSum ||
          steps[i].kind == LayerKind::kZero) {
        continue;
      }
      ASSERT_EQ(homes.seen()[i], value[steps[i].inputs[0]])
          << cell.Code() << " layer " << i;
    }
    // The network of this arithmetic is linear: the gradient is the output.
    ASSERT_EQ(homes.Backward(), value[plan.logits]) << cell.Code();
  }
}

TEST(BufferPlanTest, SkipConnectionsAreOneProduct) {
  const NetworkPlan plan =
      MakeNetworkPlan(*Cell::FromCode("111111"), {.cells_per_stage = 5})
          .value();
  const BufferPlan buffers = PlanBuffers(Steps(plan), plan.num_values);
  std::vector<float> scales;
  for (const std::vector<SumTerm>& terms : buffers.terms) {
    for (const SumTerm& term : terms) scales.push_back(term.scale);
  }
  EXPECT_EQ(scales, (std::vector<float>{1024, 1024, 1024}));
}

TEST(BufferPlanTest, ResidualCellsAddInPlace) {
  const NetworkPlan plan =
      MakeNetworkPlan(*Cell::FromCode("110021"), {.cells_per_stage = 5})
          .value();
  const BufferPlan buffers = PlanBuffers(Steps(plan), plan.num_values);
  for (const std::vector<SumTerm>& terms : buffers.terms) {
    EXPECT_TRUE(terms.empty());
  }
}

}  // namespace
}  // namespace robbench
