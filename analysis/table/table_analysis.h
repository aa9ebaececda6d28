// The frame of the programs that turn a table and a spec into a record: it has
// the flags --table, --spec and --json_out, checks paths before work begins,
// reads the inputs, and writes the record with its provenance.
//
//   ABSL_FLAG(std::string, search_out, "", "the results (required)");
//   absl::Status Run(const std::vector<std::string>& arguments) {
//     return AnalyseTable<SearchSpec>(
//         arguments,
//         {.producer = "analysis:search",
//          .record_flag = "search_out",
//          .record_out = absl::GetFlag(FLAGS_search_out)},
//         [](const AnalysedFiles<SearchSpec>& files) { ... });
//   }
#ifndef ANALYSIS_TABLE_TABLE_ANALYSIS_H_
#define ANALYSIS_TABLE_TABLE_ANALYSIS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/text/message_json.h"
#include "nas/base/file.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"

ABSL_DECLARE_FLAG(std::string, table);
ABSL_DECLARE_FLAG(std::string, spec);
ABSL_DECLARE_FLAG(std::string, json_out);

namespace robbench {

struct TableAnalysis {
  std::string producer;     // of the record, for its provenance
  std::string record_flag;  // without dashes; the record's path is its value
  std::string record_out;
  // The flag of textprotos to read beside table and spec, which is their role
  // in the provenance too, and their paths. Without a flag there are none.
  std::string more_flag;
  std::vector<std::string> more_paths;
};

template <typename Spec>
struct AnalysedFiles {
  std::string table_path;
  BenchmarkTable table;
  std::string spec_path;
  Spec spec;
  std::vector<std::pair<std::string, std::string>> more;  // path, bytes
};

// UsageError unless the analysis has all its paths and no argument is left.
absl::Status CheckTableAnalysis(const std::vector<std::string>& arguments,
                                const TableAnalysis& analysis);

// `compute` makes the record, all but its provenance, or an error of
// AnalysedFiles<Spec>. Nothing is written where there is an error.
template <typename Spec, typename Compute>
absl::Status AnalyseTable(const std::vector<std::string>& arguments,
                          const TableAnalysis& analysis,
                          const Compute& compute) {
  ROBBENCH_RETURN_IF_ERROR(CheckTableAnalysis(arguments, analysis));
  const std::string table_path = absl::GetFlag(FLAGS_table);
  const std::string spec_path = absl::GetFlag(FLAGS_spec);
  const std::string json_out = absl::GetFlag(FLAGS_json_out);
  std::vector<std::string> read = analysis.more_paths;
  read.insert(read.end(), {table_path, spec_path});
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({analysis.record_out, json_out}, read));
  std::string table_bytes;
  ROBBENCH_ASSIGN_OR_RETURN(BenchmarkTable table,
                            BenchmarkTable::Read(table_path, &table_bytes));
  ROBBENCH_ASSIGN_OR_RETURN(auto spec, ReadTextProto<Spec>(spec_path));
  AnalysedFiles<Spec> files{table_path, std::move(table), spec_path,
                            std::move(spec.message)};
  for (const std::string& path : analysis.more_paths) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
    files.more.emplace_back(path, std::move(bytes));
  }
  std::vector<std::pair<std::string, absl::string_view>> inputs = {
      {"table", table_bytes}, {"spec", spec.bytes}};
  for (const auto& [path, bytes] : files.more) {
    inputs.emplace_back(analysis.more_flag, bytes);
  }
  ROBBENCH_ASSIGN_OR_RETURN(auto record, compute(files));
  *record.mutable_provenance() =
      MakeProvenance(analysis.producer, /*numeric_profile=*/"", inputs);
  outputs.Add(analysis.record_out, SerializeRecord(record));
  if (!json_out.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string json, MessageJson(record));
    outputs.Add(json_out, std::move(json));
  }
  return outputs.Commit();
}

}  // namespace robbench

#endif  // ANALYSIS_TABLE_TABLE_ANALYSIS_H_
