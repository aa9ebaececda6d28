// Our accuracies against the published ones, each difference with its standard
// error (promise P6 of ARCHITECTURE.md, difference_error.h).
#ifndef ANALYSIS_REPORT_DEVIATION_H_
#define ANALYSIS_REPORT_DEVIATION_H_

#include <vector>

#include "analysis/report/report_table.h"
#include "analysis/table/benchmark_table.h"

namespace robbench {

// Empty without a data set and a metric that both tables have. Otherwise by
// data set a summary by metric (mean deviation, how large deviations are in
// standard errors, rank correlation) and all deviations, a row a cell. A
// metric without two seeds of any cell has deviations without error.
std::vector<ReportTable> DeviationTables(const BenchmarkTable& ours,
                                         const BenchmarkTable& published);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_DEVIATION_H_
