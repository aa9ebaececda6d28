// bazel run //nas:isomorphism_benchmark
#include "benchmark/benchmark.h"
#include "nas/cell.h"
#include "nas/cost.h"
#include "nas/isomorphism.h"
#include "nas/network_plan.h"
#include "nas/official_index.h"

namespace robbench {
namespace {

// Canonical strings and classes of all 15,625 cells: at most 0.2 s.
void BM_AllClasses(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(IsomorphismClasses().size());
  state.SetItemsProcessed(state.iterations() * kNumCells);
}
BENCHMARK(BM_AllClasses)->Unit(benchmark::kMillisecond);

// Plan and cost of one cell in the paper's skeleton.
void BM_Cost(benchmark::State& state) {
  const Cell cell = *Cell::FromCode("333333");
  for (auto _ : state) {
    benchmark::DoNotOptimize(CountCost(*MakeNetworkPlan(cell, {})));
  }
}
BENCHMARK(BM_Cost)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace robbench
