#include "nas/cpu/buffer_plan.h"

#include <algorithm>

namespace robbench {
namespace {

bool Accumulates(LayerKind kind) {
  return kind == LayerKind::kConvolution || kind == LayerKind::kBatchNorm ||
         kind == LayerKind::kAveragePool3x3;
}

// Whether the layer's backward pass reads its input once more.
bool KeepsInput(LayerKind kind) {
  return kind == LayerKind::kConvolution || kind == LayerKind::kBatchNorm;
}

void AddTerm(int value, float scale, std::vector<SumTerm>& terms) {
  for (SumTerm& term : terms) {
    if (term.value != value) continue;
    term.scale += scale;
    return;
  }
  terms.push_back({value, scale});
}

}  // namespace

BufferPlan PlanBuffers(const std::vector<BufferStep>& steps, int num_values) {
  const int num_steps = static_cast<int>(steps.size());
  std::vector<int> producer(num_values, -1);
  std::vector<int> reads(num_values, 0);
  std::vector<bool> only_sums(num_values, true);
  for (int i = 0; i < num_steps; ++i) {
    producer[steps[i].output] = i;
    for (int input : steps[i].inputs) {
      ++reads[input];
      if (steps[i].kind != LayerKind::kSum) only_sums[input] = false;
    }
  }

  BufferPlan plan;
  plan.terms.resize(num_steps);
  std::vector<bool> absorbed(num_steps, false);
  for (int i = 0; i < num_steps; ++i) {
    if (steps[i].kind != LayerKind::kSum) continue;
    std::vector<SumTerm>& terms = plan.terms[i];
    for (int input : steps[i].inputs) {
      const int source = producer[input];
      if (source < 0 || !absorbed[source]) {
        AddTerm(input, 1, terms);
        continue;
      }
      for (const SumTerm& term : plan.terms[source]) {
        AddTerm(term.value, term.scale, terms);
      }
    }
    // A sum of several terms that several sums read stays, as each of them
    // would compute it once more.
    const int output = steps[i].output;
    absorbed[i] = reads[output] > 0 && only_sums[output] &&
                  (terms.size() == 1 || reads[output] == 1);
  }

  // By value: the steps that read it after sums have been absorbed.
  std::vector<std::vector<int>> readers(num_values);
  for (int i = 0; i < num_steps; ++i) {
    if (absorbed[i]) plan.terms[i].clear();
    if (steps[i].kind == LayerKind::kSum) {
      for (const SumTerm& term : plan.terms[i]) {
        readers[term.value].push_back(i);
      }
    } else {
      for (int input : steps[i].inputs) readers[input].push_back(i);
    }
  }

  plan.home.resize(num_values);
  for (int v = 0; v < num_values; ++v) plan.home[v] = v;
  for (int i = 0; i < num_steps; ++i) {
    std::vector<SumTerm>& terms = plan.terms[i];
    const int output = steps[i].output;
    int first_write = i;
    for (const SumTerm& term : terms) {
      const int source = producer[term.value];
      if (source < 0 || term.scale != 1 || readers[term.value].size() != 1 ||
          !Accumulates(steps[source].kind)) {
        continue;
      }
      plan.home[term.value] = output;
      first_write = std::min(first_write, source);
    }
    for (const SumTerm& term : terms) {
      if (plan.home[term.value] == output || term.scale != 1) continue;
      bool free = producer[term.value] < first_write;
      for (int reader : readers[term.value]) {
        if (reader == i) continue;
        if (reader >= first_write || KeepsInput(steps[reader].kind)) {
          free = false;
        }
      }
      if (!free) continue;
      plan.home[output] = term.value;
      break;
    }
    terms.erase(std::remove_if(terms.begin(), terms.end(),
                               [&](const SumTerm& term) {
                                 return plan.home[term.value] == output ||
                                        plan.home[output] == term.value;
                               }),
                terms.end());
  }
  for (int& home : plan.home) {
    while (plan.home[home] != home) home = plan.home[home];
  }
  return plan;
}

}  // namespace robbench
