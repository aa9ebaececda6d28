// robbench plan: what the paper's benchmarks cost, and their shards of equal
// cost. A front to benchmark_plan.h with the specs of training/specs and
// ntk/specs.
#ifndef TOOLS_ROBBENCH_PLAN_H_
#define TOOLS_ROBBENCH_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/robbench/benchmark_plan.h"
#include "tools/robbench/device_cost.h"
#include "tools/robbench/format.h"

namespace robbench {

struct PlanOptions {
  std::string dataset;  // cifar10, cifar100 or imagenet16_120; empty: all
  // Any names of cells; empty: the 6,466 representatives.
  std::vector<std::string> cells;
  int seeds = 0;          // 0: as many as the paper's
  DeviceOptions devices;  // none: no hours
  int shards = 1;
  int shard = 0;  // 1 ... shards: of that one only; 0: of all
};

// The specs of a benchmark: the paper's, or of those given. Usage error for
// another name.
absl::StatusOr<std::vector<PlannedBenchmark>> PaperBenchmarks(
    absl::string_view dataset);

// `format` is text, json, csv (a line a stage; where there are several shards
// and none is chosen, a line a shard) or cells: the shard's cells as
// --//tools:cells= takes them. Usage errors name the flag; InvalidArgument for
// what is no cell or comes twice.
absl::StatusOr<std::string> PlanBenchmarks(const PlanOptions& options,
                                           absl::string_view format,
                                           const Terminal& terminal = {});

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_PLAN_H_
