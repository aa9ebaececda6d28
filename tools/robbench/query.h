// robbench query, compare, top and correlate: what a benchmark table says.
//
// Text is for people: accuracies in per cent, spreads and differences of them
// in points. JSON has the numbers as they are (accuracies 0 ... 1), null for a
// missing one. Metrics go by our names or the authors'; `robust_average` is
// the mean of the FGSM and PGD accuracies, the paper's average robust accuracy.
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

// All that the table has of each cell: mean, spread, every seed. Errors are
// FindCell's and Get's.
absl::StatusOr<std::string> QueryCells(const BenchmarkTable& table,
                                       const std::vector<std::string>& cells,
                                       const TableSelection& selection,
                                       OutputFormat format);

// The differences of two cells by metric, each with its standard error from
// the scatter between seeds, pooled over all cells of the column: s^2 (1/n +
// 1/m) for means over n and m seeds. Unknown where the column has no seeds.
absl::StatusOr<std::string> CompareCells(const BenchmarkTable& table,
                                         const std::string& first,
                                         const std::string& second,
                                         const TableSelection& selection,
                                         OutputFormat format);

struct TopOptions {
  int count = 10;
  bool lowest = false;  // the smallest first
};

// The first cells by a metric, on each data set of the selection; equal ones
// by index. The selection's metric is the one to rank by.
absl::StatusOr<std::string> TopCells(const BenchmarkTable& table,
                                     const TableSelection& selection,
                                     const TopOptions& options,
                                     OutputFormat format);

// Spearman (with its 95 % interval) and Kendall (tau-b) of two metrics over
// the cells that have both. Each is METRIC or DATASET/METRIC; without a data
// set, one result for each of the selection.
absl::StatusOr<std::string> CorrelateMetrics(const BenchmarkTable& table,
                                             const std::string& first,
                                             const std::string& second,
                                             const TableSelection& selection,
                                             OutputFormat format);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_QUERY_H_
