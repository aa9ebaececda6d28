// Computes what a benchmark costs as a whole, and how to split it: runs,
// multiply-adds and bytes by stage, and shards of equal cost for several
// machines. Nothing is run: run_cost.h counts a single run.
#ifndef TOOLS_ROBBENCH_PLAN_BENCHMARK_PLAN_H_
#define TOOLS_ROBBENCH_PLAN_BENCHMARK_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "nas/cell.h"
#include "ntk/ntk.pb.h"
#include "tools/robbench/plan/run_cost.h"
#include "training/attack_suite.pb.h"
#include "training/recipe.pb.h"

namespace robbench {

// Which networks of a benchmark a suite attacks.
enum class SuiteRole {
  kEverySeed,
  kFirstSeed,
  kInstead,  // first seed, instead of the one before; not in the sums
};

// An attack suite of a benchmark. It must have passed CheckAttackSuite
// (training/evaluation/attack_suite.h).
struct PlannedSuite {
  SuiteRole role;
  AttackSuite suite;
};

// What is to be run on one data set.
struct PlannedBenchmark {
  PlannedImages images;
  Recipe recipe;
  std::vector<PlannedSuite>
      suites;  // checked (training/evaluation/attack_suite.h)
  NtkSpec ntk;
};

// The cost of one stage over all cells and seeds.
struct StagePlan {
  std::string name;        // "training", a suite's, "ntk"
  bool instead = false;    // not in the sums
  bool every_seed = true;  // false: of the first seed only
  // The cost depends on which images attacks fool; this is the most it can be.
  bool upper_bound = false;
  int64_t runs = 0;                 // actions
  int64_t images = 0;               // of a run
  double passes = 0;                // forward passes of each of its images
  absl::uint128 multiply_adds = 0;  // of all runs
  int64_t weights_bytes = 0;        // of all runs
  int64_t record_bytes = 0;
};

// Costs that are added up over stages or benchmarks.
struct Sums {
  int64_t runs = 0;
  absl::uint128 multiply_adds = 0;
  int64_t bytes = 0;
};

// The plan of one benchmark.
struct BenchmarkPlan {
  std::string dataset;
  double mean_multiply_adds = 0;  // of a forward pass, over the cells
  int64_t dataset_bytes = 0;
  std::vector<StagePlan> stages;
  Sums sums;                              // with the data set's bytes
  std::vector<absl::uint128> cell_costs;  // multiply-adds, in cells' order
};

// Plans a benchmark for these cells and seeds, one or more of each.
// InvalidArgument for a skeleton out of range.
absl::StatusOr<BenchmarkPlan> MakeBenchmarkPlan(
    const PlannedBenchmark& benchmark, absl::Span<const Cell> cells,
    absl::Span<const uint32_t> seeds);

// Splits costs into `count` (1 or more) shards. Returns the positions in
// `costs` for each shard, ascending. The highest costs are given out first,
// each to the shard with the lowest sum so far (the first of equal ones). So no
// shard costs more than the mean and the highest single cost together.
std::vector<std::vector<int>> SplitEqually(
    absl::Span<const absl::uint128> costs, int count);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_PLAN_BENCHMARK_PLAN_H_
