// Decides which values of a network share a buffer in a compiled program
// (cpu_program.h), and what is left to do for its sums.
//
//   - A sum that one other sum alone reads is not computed, nor is a sum of one
//     term that only sums read: the terms go to the sums that read them,
//     with a factor. Fifteen cells of skip connections only, each of which
//     doubles its input, become one multiplication.
//   - A term that one sum alone reads, and whose kernel can accumulate, is
//     accumulated where the sum lies.
//   - A sum lies where a term lies that nothing reads once the sum's first
//     kernel has run: a cell's skip connection costs nothing.
//
// The backward pass may use the same plan for gradients, as it reads and writes
// them in the opposite order.
#ifndef NAS_CPU_BUFFER_PLAN_H_
#define NAS_CPU_BUFFER_PLAN_H_

#include <vector>

#include "nas/network_plan.h"

namespace robbench {

// One step of a network in order of evaluation.
struct BufferStep {
  LayerKind kind;
  std::vector<int> inputs;  // values
  int output;
};

// A term of a sum: scale times the value.
struct SumTerm {
  int value;
  float scale;
};

struct BufferPlan {
  // By value: the value whose buffer it lies in, maybe itself.
  std::vector<int> home;
  // By step: the terms that a kSum has to add; none of them lies where the sum
  // lies.
  std::vector<std::vector<SumTerm>> terms;
};

// Plans the buffers of `steps`, whose values are numbered 0 ... num_values - 1.
// Value 0 is the image.
BufferPlan PlanBuffers(const std::vector<BufferStep>& steps, int num_values);

}  // namespace robbench

#endif  // NAS_CPU_BUFFER_PLAN_H_
