// //analysis:collect: all records of one data set into the benchmark table.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "analysis/record_collector.h"
#include "analysis/table_export.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"

ABSL_FLAG(std::string, records_from, "",
          "a file with the path of a record on each line");
ABSL_FLAG(std::string, dataset_spec, "",
          "the textproto that the data set was preprocessed by (required)");
ABSL_FLAG(bool, allow_fewer_seeds, false,
          "let some cells have fewer seeds than others");
ABSL_FLAG(bool, allow_missing, false,
          "make the table from what is there; failed runs and missing records "
          "become its gaps");
ABSL_FLAG(std::string, table_out, "", "the table (required)");
ABSL_FLAG(std::string, json_out, "", "the table in the authors' layout");
ABSL_FLAG(std::string, csv_out, "", "the table as CSV");
ABSL_FLAG(std::string, sqlite_out, "", "the table as an SQLite database");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Builds the benchmark table from records.

  collect --dataset_spec=fashion_mnist.textproto --table_out=table.binpb \
      [--json_out=...] [--csv_out=...] [--sqlite_out=...] \
      [--records_from=LIST] [--record=]RECORD...

A record's name ends in .train.binpb, .eval.binpb or .ntk.binpb.)";

constexpr uint64_t kMaxRecordBytes = 64 << 20;

absl::StatusOr<std::vector<std::string>> RecordPaths(
    std::vector<std::string> paths) {
  const std::string list = absl::GetFlag(FLAGS_records_from);
  if (!list.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::string text, ReadFile(list));
    for (const absl::string_view line :
         absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
      paths.emplace_back(absl::StripAsciiWhitespace(line));
    }
  }
  if (paths.empty()) return UsageError("no record is given");
  // So that an error, too, does not depend on the order of the arguments.
  std::sort(paths.begin(), paths.end());
  return paths;
}

absl::Status Run(const std::vector<std::string>& arguments) {
  const std::string spec_path = absl::GetFlag(FLAGS_dataset_spec);
  const std::string table_path = absl::GetFlag(FLAGS_table_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset_spec", spec_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table_out", table_path));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                            RecordPaths(arguments));
  ROBBENCH_ASSIGN_OR_RETURN(const auto spec,
                            ReadTextProto<DatasetSpec>(spec_path));
  RecordCollector collector(
      spec.message, spec.bytes,
      {.allow_fewer_seeds = absl::GetFlag(FLAGS_allow_fewer_seeds),
       .allow_missing = absl::GetFlag(FLAGS_allow_missing)});
  for (const std::string& path : paths) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::string bytes,
                              ReadFile(path, kMaxRecordBytes));
    ROBBENCH_RETURN_IF_ERROR(collector.Add(path, bytes));
  }
  ROBBENCH_ASSIGN_OR_RETURN(const Table table, collector.Finish());

  OutputFiles outputs;
  outputs.Add(table_path, SerializeRecord(table));
  if (const auto path = absl::GetFlag(FLAGS_json_out); !path.empty()) {
    outputs.Add(path, TableJson(table));
  }
  if (const auto path = absl::GetFlag(FLAGS_csv_out); !path.empty()) {
    outputs.Add(path, TableCsv(table));
  }
  if (const auto path = absl::GetFlag(FLAGS_sqlite_out); !path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string database, TableSqlite(table));
    outputs.Add(path, std::move(database));
  }
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  // Abseil keeps only the last of repeated flags: --record=PATH is the same as
  // PATH.
  std::vector<char*> arguments(argv, argv + argc);
  for (char*& argument : arguments) {
    if (absl::StartsWith(argument, "--record=")) argument += 9;
  }
  arguments.push_back(nullptr);
  return robbench::RunProgram(argc, arguments.data(), robbench::kUsage,
                              robbench::Run);
}
