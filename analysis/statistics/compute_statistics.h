// What //analysis/statistics computes from a table.
#ifndef ANALYSIS_STATISTICS_COMPUTE_STATISTICS_H_
#define ANALYSIS_STATISTICS_COMPUTE_STATISTICS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// Everything but the provenance, which the caller sets. Errors name
// `spec_path` and the field: an unknown metric (with the nearest one), an
// average of something that is no accuracy, no best cells, a share outside
// 0 ... 1.
//
// Distributions take finite values only; correlations also infinite ones.
absl::StatusOr<Statistics> ComputeStatistics(const BenchmarkTable& table,
                                             const std::string& spec_path,
                                             const StatisticsSpec& spec);

// The columns of a data set that statistics are about: accuracies, averages,
// NTK scores, costs. Pointers go into `table` and `statistics`.
std::vector<const Column*> StatisticsColumns(const BenchmarkTable& table,
                                             const DatasetStatistics& dataset);

// FailedPrecondition when `statistics` do not fit the table: another data set,
// positions out of range, no ranking metric. What follows takes that for
// granted.
absl::Status CheckStatistics(const BenchmarkTable& table,
                             const Statistics& statistics);

// The column that cells are ranked by.
const Column& RankingColumn(const BenchmarkTable& table,
                            const Statistics& statistics,
                            const DatasetStatistics& dataset);

// The correlation of two columns in either order; null when there is none.
const Correlation* FindCorrelation(const Statistics& statistics,
                                   const ColumnKey& first,
                                   const ColumnKey& second);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_COMPUTE_STATISTICS_H_
