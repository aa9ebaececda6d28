// What the report says, without how it looks: sentences and tables computed
// from a table and its statistics.
#ifndef ANALYSIS_REPORT_CONTENT_H_
#define ANALYSIS_REPORT_CONTENT_H_

#include <string>
#include <utility>
#include <vector>

#include "analysis/benchmark_table.h"
#include "analysis/report_table.h"
#include "analysis/statistics.pb.h"
#include "analysis/table.pb.h"
#include "nas/cell.pb.h"

namespace robbench {

// The findings beside the paper's claims (report_claims.h), each a heading of a
// few words and a sentence or two. Every number in them is computed here.
struct Finding {
  std::string dataset;  // empty: about all of them
  std::string heading;
  std::string text;
};
std::vector<Finding> Findings(const BenchmarkTable& table,
                              const Statistics& statistics);

// What was run: (name, value) by data set: data, recipe, attacks, NTK, seeds,
// numeric profile.
std::vector<std::pair<std::string, std::string>> Setting(
    const BenchmarkTable& table, const Benchmark& benchmark);

// Results by cell, distributions, correlations with the ranking metric,
// operations of the best cells, agreement of seeds, training.
std::vector<ReportTable> ReportTables(const BenchmarkTable& table,
                                      const Statistics& statistics);

// "2581 (323133)".
std::string CellName(const CellIdentity& cell);
std::string CellName(const CellKey& cell);

// What is missing, evaluations whose self-checks did not pass and NTK records
// with flags, as sentences.
std::vector<std::string> Warnings(const BenchmarkTable& table);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_CONTENT_H_
