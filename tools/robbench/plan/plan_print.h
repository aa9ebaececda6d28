// Prints a plan of benchmarks as text, JSON and CSV. It also says what a shared
// cache saves.
#ifndef TOOLS_ROBBENCH_PLAN_PLAN_PRINT_H_
#define TOOLS_ROBBENCH_PLAN_PLAN_PRINT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "nas/cell.h"
#include "tools/robbench/format.h"
#include "tools/robbench/plan/benchmark_plan.h"
#include "tools/robbench/plan/device_cost.h"
#include "tools/robbench/plan/run_cost.h"

namespace robbench {

// The cells of one shard of the work, and their cost over all seeds.
struct PlannedShard {
  std::vector<Cell> cells;
  absl::uint128 multiply_adds = 0;
};

// Everything that is printed (benchmark_plan.h, device_cost.h).
struct WholePlan {
  int64_t cells = 0, seeds = 0;
  std::vector<PlannedImages> images;  // of each benchmark
  std::vector<BenchmarkPlan> benchmarks;
  Sums sums;
  std::vector<PlannedShard> shards;  // none where there is one
  std::vector<PlannedDevice> devices;
};

// What is run again after a change by a machine that has nothing yet, with a
// cache that all share, and what it takes from the cache.
struct CacheSaving {
  std::string name;    // "another attack suite"
  std::string change;  // the same in words
  int64_t runs = 0;
  absl::uint128 multiply_adds = 0;  // that are run
  absl::uint128 saved = 0;          // that the cache has
};
// Returns the savings of typical changes.
std::vector<CacheSaving> CacheSavings(const WholePlan& whole);

// Return the plan as text for people and as JSON for programs.
std::string PlanText(const WholePlan& whole, const Terminal& terminal);
std::string PlanJson(const WholePlan& whole);
// Returns CSV with a line for each stage or, with shards, for each shard.
std::string PlanCsv(const WholePlan& whole);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_PLAN_PLAN_PRINT_H_
