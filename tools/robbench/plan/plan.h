// robbench plan: what the paper's benchmarks cost, and their shards of equal
// cost. A front to benchmark_plan.h with the specs of training/specs and
// ntk/specs.
#ifndef TOOLS_ROBBENCH_PLAN_PLAN_H_
#define TOOLS_ROBBENCH_PLAN_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/robbench/format.h"
#include "tools/robbench/plan/benchmark_plan.h"
#include "tools/robbench/plan/device_cost.h"

namespace robbench {

// The flags of the command.
struct PlanOptions {
  std::string dataset;  // cifar10, cifar100 or imagenet16_120; empty: all
  // Any names of cells; empty: the 6,466 representatives.
  std::vector<std::string> cells;
  int seeds = 0;          // 0: as many as the paper's
  DeviceOptions devices;  // none: no hours
  int shards = 1;
  int shard = 0;  // 1 ... shards: of that one only; 0: of all
};

// Returns the specs of the paper's benchmark on a data set, or of all three if
// `dataset` is empty. A usage error for another name.
absl::StatusOr<std::vector<PlannedBenchmark>> PaperBenchmarks(
    absl::string_view dataset);

// Returns what the command prints. `format` is text, json, csv (a line for each
// stage or, where there are several shards and none is chosen, for each shard)
// or cells, which is the list of the shard's cells for --//tools:cells=. Usage
// errors name the flag; InvalidArgument for an unknown cell or one that comes
// twice.
absl::StatusOr<std::string> PlanBenchmarks(const PlanOptions& options,
                                           absl::string_view format,
                                           const Terminal& terminal = {});

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_PLAN_PLAN_H_
