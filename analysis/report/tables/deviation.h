// Compares our accuracies with the published ones, each difference with its
// standard error (promise P6 of ARCHITECTURE.md;
// analysis/statistics/difference_error.h).
#ifndef ANALYSIS_REPORT_TABLES_DEVIATION_H_
#define ANALYSIS_REPORT_TABLES_DEVIATION_H_

#include <vector>

#include "analysis/report/tables/report_table.h"
#include "analysis/table/benchmark_table.h"

namespace robbench {

// Returns for each data set a summary by metric (mean deviation, how large
// deviations are in standard errors, rank correlation) and all deviations, a
// row for each cell. Returns nothing if no data set and metric are in both
// tables. A metric without two seeds of any cell has deviations without error.
std::vector<ReportTable> DeviationTables(const BenchmarkTable& ours,
                                         const BenchmarkTable& published);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_TABLES_DEVIATION_H_
