// Computes from a table all that //analysis/statistics writes
// (analysis/statistics/statistics.proto).
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

// Returns the statistics without their provenance, which the caller sets.
// Errors name `spec_path` and the field, for an unknown metric (with the
// nearest one), an average of something that is no accuracy, no best cells, and
// a share outside 0 ... 1.
//
// Distributions take finite values only; correlations also infinite ones.
absl::StatusOr<Statistics> ComputeStatistics(const BenchmarkTable& table,
                                             const std::string& spec_path,
                                             const StatisticsSpec& spec);

// Returns the columns of a data set that statistics are about: accuracies,
// averages, NTK scores, costs and accuracies of standard training, in this
// order. `table` and `dataset` own them.
std::vector<const Column*> StatisticsColumns(const BenchmarkTable& table,
                                             const DatasetStatistics& dataset);

// Returns FailedPrecondition when `statistics` do not fit the table: another
// data set, positions out of range, no ranking metric. Later functions rely on
// this check.
absl::Status CheckStatistics(const BenchmarkTable& table,
                             const Statistics& statistics);

// Returns the column that cells are ranked by.
const Column& RankingColumn(const BenchmarkTable& table,
                            const Statistics& statistics,
                            const DatasetStatistics& dataset);

// Returns the correlation of two columns in either order, or null when there is
// none.
const Correlation* FindCorrelation(const Statistics& statistics,
                                   const ColumnKey& first,
                                   const ColumnKey& second);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_COMPUTE_STATISTICS_H_
