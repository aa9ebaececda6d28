// robbench query, compare, top and correlate: what a benchmark table says.
//
// Text is for people: accuracies in per cent, spreads and differences of them
// in points. JSON and CSV have the numbers as they are (accuracies 0 ... 1),
// null or nothing for a missing one. Metrics go by our names or the authors';
// `robust_average` is the mean of the FGSM and PGD accuracies, the paper's
// average robust accuracy.
#ifndef TOOLS_ROBBENCH_QUERY_H_
#define TOOLS_ROBBENCH_QUERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/table/benchmark_table.h"
#include "tools/robbench/format.h"

namespace robbench {

// Empty: all.
struct TableSelection {
  std::string dataset;
  std::string metric;
};

// All that the table has of each cell: mean, spread, every seed; a cell that is
// named twice once. CSV: a line a cell and metric. Errors are FindCell's and
// Get's.
absl::StatusOr<std::string> QueryCells(const BenchmarkTable& table,
                                       const std::vector<std::string>& cells,
                                       const TableSelection& selection,
                                       const Output& output);

// The differences of two cells by metric, each with its standard error, its 95
// % interval and whether it is resolved (value_error.h). Unknown where the
// column has neither seeds nor twins.
absl::StatusOr<std::string> CompareCells(const BenchmarkTable& table,
                                         const std::string& first,
                                         const std::string& second,
                                         const TableSelection& selection,
                                         const Output& output);

// What a cell's value of a metric must be: "METRIC=NUMBER" of --min or --max.
struct Condition {
  std::string metric;
  double bound;
  bool is_least;  // bound or more; otherwise bound or less
};
// `flag` is "--min" or "--max". NUMBER may be a share in per cent ("70%").
// Usage errors.
absl::StatusOr<Condition> ParseCondition(const std::string& flag,
                                         const std::string& text);

struct TopOptions {
  int count = 10;
  bool lowest = false;                // the smallest first
  std::vector<Condition> conditions;  // a cell must meet all
};

// The first cells by a metric, on each data set of the selection; equal ones
// by index. The selection's metric is the one to rank by. Cells without a value
// of the metric or of a condition's are left out. Cells that are not resolved
// from the first (value_error.h) are marked.
absl::StatusOr<std::string> TopCells(const BenchmarkTable& table,
                                     const TableSelection& selection,
                                     const TopOptions& options,
                                     const Output& output);

// Spearman (with its 95 % interval) and Kendall (tau-b) of two metrics over
// the cells that have both. Each is METRIC or DATASET/METRIC; without a data
// set, one result for each of the selection.
absl::StatusOr<std::string> CorrelateMetrics(const BenchmarkTable& table,
                                             const std::string& first,
                                             const std::string& second,
                                             const TableSelection& selection,
                                             const Output& output);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_QUERY_H_
