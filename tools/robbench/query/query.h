// robbench query, compare, top and correlate: what a benchmark table says.
//
// Text is for people: accuracies are in per cent, spreads and differences of
// them in points. JSON and CSV have the numbers as they are (accuracies
// 0 ... 1), with null or an empty field for a missing one. Metrics may have our
// names or the authors'; `robust_average` is the mean of the FGSM and PGD
// accuracies, the paper's average robust accuracy.
#ifndef TOOLS_ROBBENCH_QUERY_QUERY_H_
#define TOOLS_ROBBENCH_QUERY_QUERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/table/benchmark_table.h"
#include "tools/robbench/format.h"
#include "tools/robbench/query/conditions.h"

namespace robbench {

// A data set and a metric; an empty name stands for all.
struct TableSelection {
  std::string dataset;
  std::string metric;
};

// Returns all that the table has of each cell: mean, spread and every seed. A
// cell that is named twice is printed once, and predictors that it has no value
// of are left out unless the selection names one. CSV has a line for each cell
// and metric. Errors are those of BenchmarkTable::FindCell and Get.
absl::StatusOr<std::string> QueryCells(const BenchmarkTable& table,
                                       const std::vector<std::string>& cells,
                                       const TableSelection& selection,
                                       const Output& output);

// Returns the differences of two cells by metric, each with its standard error,
// its 95 % interval and whether it is resolved (value_error.h). These are not
// known where the column has neither seeds nor twins.
absl::StatusOr<std::string> CompareCells(const BenchmarkTable& table,
                                         const std::string& first,
                                         const std::string& second,
                                         const TableSelection& selection,
                                         const Output& output);

// The flags of robbench top.
struct TopOptions {
  int count = 10;
  bool lowest = false;                // the smallest first
  std::vector<Condition> conditions;  // a cell must meet all
};

// Returns the first cells by the selection's metric, on each data set of the
// selection; equal ones are sorted by index. Cells without a value of the
// metric or of a condition's metric are left out. Cells that are not resolved
// from the first (value_error.h) are marked.
absl::StatusOr<std::string> TopCells(const BenchmarkTable& table,
                                     const TableSelection& selection,
                                     const TopOptions& options,
                                     const Output& output);

// Returns Spearman's coefficient, with its 95 % interval, and Kendall's tau-b
// of two metrics over the cells that have both. Each is METRIC or
// DATASET/METRIC; without a data set there is one result for each data set of
// the selection.
absl::StatusOr<std::string> CorrelateMetrics(const BenchmarkTable& table,
                                             const std::string& first,
                                             const std::string& second,
                                             const TableSelection& selection,
                                             const Output& output);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_QUERY_QUERY_H_
