// Reads a table together with its statistics, for figures, claims and report.
// By digests it makes sure that the two belong together.
#ifndef ANALYSIS_STATISTICS_READ_STATISTICS_H_
#define ANALYSIS_STATISTICS_READ_STATISTICS_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "nas/base/digest.h"
#include "nas/base/field_error.h"
#include "nas/base/file.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"

namespace robbench {

// A table and statistics that passed CheckStatistics, with the SHA-256 of their
// files.
struct AnalysedTable {
  BenchmarkTable table;
  Statistics statistics;
  std::string table_sha256, statistics_sha256;
};

// Returns InvalidArgument (nas/base/field_error.h) if the file `path`, whose
// provenance is given, was computed from another table than `table_path`, which
// has the digest `table_sha256`.
inline absl::Status CheckTableDigest(const std::string& path,
                                     const Provenance& provenance,
                                     const std::string& table_path,
                                     const std::string& table_sha256) {
  const std::string found = InputOfRole(provenance, "table");
  if (found == table_sha256) return absl::OkStatus();
  return FieldError(path, "provenance.inputs[table].sha256",
                    absl::StrCat(table_sha256, " (", table_path, ")"),
                    found.empty() ? "none" : found);
}

// Reads both files. Errors are those of BenchmarkTable::Read and ParseRecord,
// CheckTableDigest for statistics of another table, and those of
// CheckStatistics.
inline absl::StatusOr<AnalysedTable> ReadTableAndStatistics(
    const std::string& table_path, const std::string& statistics_path) {
  std::string table_bytes;
  ROBBENCH_ASSIGN_OR_RETURN(BenchmarkTable table,
                            BenchmarkTable::Read(table_path, &table_bytes));
  ROBBENCH_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(statistics_path));
  Statistics statistics;
  ROBBENCH_RETURN_IF_ERROR(ParseRecord(statistics_path, bytes, &statistics));
  ROBBENCH_RETURN_IF_ERROR(
      CheckSchema(statistics_path, statistics.provenance()));
  const std::string expected = Sha256(table_bytes);
  ROBBENCH_RETURN_IF_ERROR(CheckTableDigest(
      statistics_path, statistics.provenance(), table_path, expected));
  ROBBENCH_RETURN_IF_ERROR(CheckStatistics(table, statistics));
  return AnalysedTable{std::move(table), std::move(statistics), expected,
                       Sha256(bytes)};
}

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_READ_STATISTICS_H_
