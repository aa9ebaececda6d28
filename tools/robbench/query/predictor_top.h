// robbench top --predictor: the cells that a predictor ranks first, and what
// that choice is worth by a metric.
#ifndef TOOLS_ROBBENCH_QUERY_PREDICTOR_TOP_H_
#define TOOLS_ROBBENCH_QUERY_PREDICTOR_TOP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/table/benchmark_table.h"
#include "tools/robbench/format.h"
#include "tools/robbench/query/conditions.h"

namespace robbench {

// The flags of robbench top with --predictor.
struct PredictorTopOptions {
  std::string predictor;
  std::string by = "robust_average";
  int count = 10;
  std::vector<Condition> conditions;  // a cell must meet all
};

// Returns, for the data set named or for each, the `count` cells that the
// predictor ranks first, in the direction that it promises: scores and counts
// as analysis/table/predictor_name.h says, NTK scores as the NTK study does
// (PredictedSign), costs highest first. Equal ones are sorted by index. A
// predictor that the data set does not have is taken from the one that has it.
//
// All is computed over the cells that have a value of the predictor and of the
// metric and meet the conditions: each cell's rank by the metric (1 is best,
// equal ones share the lowest), precision and regret (JudgeTop in
// analysis/studies/predictor/statistics/predictor_statistics.h). These two are
// absent where `count` is no choice among the cells.
//
// InvalidArgument for a predictor that is an accuracy; NotFound for names that
// the table does not have.
absl::StatusOr<std::string> TopByPredictor(const BenchmarkTable& table,
                                           const std::string& dataset,
                                           const PredictorTopOptions& options,
                                           const Output& output);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_QUERY_PREDICTOR_TOP_H_
