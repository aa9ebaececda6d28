// Decides what the report says of a table and its statistics, but not how that
// looks. The paper's claims are presented by report_claims.h.
#ifndef ANALYSIS_REPORT_PAGE_REPORT_CONTENT_H_
#define ANALYSIS_REPORT_PAGE_REPORT_CONTENT_H_

#include <string>
#include <utility>
#include <vector>

#include "analysis/report/tables/report_table.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "nas/cell.pb.h"

namespace robbench {

// Returns what was run on a data set as (name, value): data, recipe, attacks,
// NTK, seeds, numeric profile.
std::vector<std::pair<std::string, std::string>> Setting(
    const BenchmarkTable& table, const Benchmark& benchmark);

// Returns the tables of the report: results by cell, distributions,
// correlations with the ranking metric, operations of the best cells, agreement
// of seeds, training.
std::vector<ReportTable> ReportTables(const BenchmarkTable& table,
                                      const Statistics& statistics);

// Returns a sentence for everything that is missing, for evaluations whose
// self-checks did not pass, and for NTK records with flags.
std::vector<std::string> Warnings(const BenchmarkTable& table);

// A cell's code as six digits in the operations' colours, a link to where its
// numbers on the data set come from: to all files where it has no records.
std::string CodeHtml(const BenchmarkTable& table, const std::string& dataset,
                     const CellIdentity& cell);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_PAGE_REPORT_CONTENT_H_
