// What the report says of a table and its statistics, without how it looks. The
// paper's claims are those of analysis/claims.
#ifndef ANALYSIS_REPORT_REPORT_CONTENT_H_
#define ANALYSIS_REPORT_REPORT_CONTENT_H_

#include <string>
#include <utility>
#include <vector>

#include "analysis/report/report_table.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// What was run: (name, value) by data set: data, recipe, attacks, NTK, seeds,
// numeric profile.
std::vector<std::pair<std::string, std::string>> Setting(
    const BenchmarkTable& table, const Benchmark& benchmark);

// Results by cell, distributions, correlations with the ranking metric,
// operations of the best cells, agreement of seeds, training.
std::vector<ReportTable> ReportTables(const BenchmarkTable& table,
                                      const Statistics& statistics);

// What is missing, evaluations whose self-checks did not pass and NTK records
// with flags, as sentences.
std::vector<std::string> Warnings(const BenchmarkTable& table);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_REPORT_CONTENT_H_
