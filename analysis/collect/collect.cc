// //analysis:collect makes the benchmark table of all records of one data set.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "analysis/collect/record_collector.h"
#include "analysis/collect/record_shard.h"
#include "analysis/collect/record_shard.pb.h"
#include "analysis/table/export/table_export.h"
#include "analysis/table/table.pb.h"
#include "nas/base/file.h"
#include "nas/base/name.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "training/dataset_spec.pb.h"

ABSL_FLAG(std::string, records_from, "",
          "a file with the path of a record on each line");
ABSL_FLAG(std::string, shards_from, "",
          "a file with the path of a shard on each line");
ABSL_FLAG(std::string, dataset_spec, "",
          "the textproto that the data set was preprocessed by (required)");
ABSL_FLAG(std::string, shard_out, "",
          "a shard of the records, in place of a table");
ABSL_FLAG(bool, allow_fewer_seeds, false,
          "let some cells have fewer seeds than others");
ABSL_FLAG(bool, allow_missing, false,
          "make the table from what is there; failed runs and missing records "
          "become its gaps");
ABSL_FLAG(std::string, table_out, "", "the table (required without shard_out)");
ABSL_FLAG(std::string, json_out, "", "the table in the authors' layout");
ABSL_FLAG(std::string, csv_out, "", "the table as CSV");
ABSL_FLAG(std::string, sqlite_out, "", "the table as an SQLite database");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Builds the benchmark table from records.

  collect --dataset_spec=fashion_mnist.textproto --table_out=table.binpb \
      [--json_out=...] [--csv_out=...] [--sqlite_out=...] \
      [--records_from=LIST] RECORD...

A record's name ends in .train.binpb, .eval.binpb or .ntk.binpb. In steps, with
the same table, where a record that changes is read with its shard only:

  collect --dataset_spec=fashion_mnist.textproto --shard_out=1.binpb RECORD...
  collect --dataset_spec=fashion_mnist.textproto --shard_out=2.binpb RECORD...
  collect --dataset_spec=fashion_mnist.textproto --table_out=table.binpb \
      --shards_from=LIST)";

constexpr uint64_t kMaxRecordBytes = 64 << 20;
constexpr uint64_t kMaxShardBytes = 1 << 30;

// Returns the lines of the file that a flag names.
absl::StatusOr<std::vector<std::string>> ListedPaths(const std::string& list) {
  std::vector<std::string> paths;
  if (list.empty()) return paths;
  ROBBENCH_ASSIGN_OR_RETURN(const std::string text, ReadFile(list));
  paths = absl::StrSplit(text, '\n', absl::SkipEmpty());
  return paths;
}

// Reads all records, from files and shards, and sorts them by path, so that
// errors do not depend on their order either.
absl::StatusOr<std::vector<CollectedRecord>> ReadRecords(
    std::vector<std::string> paths, const std::vector<std::string>& shards,
    absl::string_view spec_bytes) {
  std::sort(paths.begin(), paths.end());
  std::vector<CollectedRecord> records;
  for (const std::string& path : paths) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::string bytes,
                              ReadFile(path, kMaxRecordBytes));
    ROBBENCH_ASSIGN_OR_RETURN(records.emplace_back(),
                              ReadCollectedRecord(path, bytes));
  }
  for (const std::string& path : shards) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::string bytes,
                              ReadFile(path, kMaxShardBytes));
    ROBBENCH_RETURN_IF_ERROR(
        AppendRecordShard(path, bytes, spec_bytes, records));
  }
  std::stable_sort(records.begin(), records.end(),
                   [](const CollectedRecord& a, const CollectedRecord& b) {
                     return a.path() < b.path();
                   });
  return records;
}

using SpecFile = TextProtoFile<DatasetSpec>;

absl::StatusOr<RecordCollector> Collect(const SpecFile& spec,
                                        std::vector<CollectedRecord> records) {
  RecordCollector collector(
      spec.message, spec.bytes,
      {.allow_fewer_seeds = absl::GetFlag(FLAGS_allow_fewer_seeds),
       .allow_missing = absl::GetFlag(FLAGS_allow_missing)});
  for (CollectedRecord& record : records) {
    ROBBENCH_RETURN_IF_ERROR(collector.Add(std::move(record)));
  }
  return collector;
}

// Makes the table. It frees the records' memory when it returns.
absl::StatusOr<Table> MakeTable(const SpecFile& spec,
                                std::vector<CollectedRecord> records) {
  ROBBENCH_ASSIGN_OR_RETURN(RecordCollector collector,
                            Collect(spec, std::move(records)));
  return collector.Finish();
}

absl::Status Run(const std::vector<std::string>& arguments) {
  const std::string spec_path = absl::GetFlag(FLAGS_dataset_spec);
  const std::string table_path = absl::GetFlag(FLAGS_table_out);
  const std::string shard_path = absl::GetFlag(FLAGS_shard_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset_spec", spec_path));
  if (shard_path.empty()) {
    ROBBENCH_RETURN_IF_ERROR(RequireFlag("table_out", table_path));
  } else if (!table_path.empty()) {
    return UsageError("shard_out and table_out exclude each other");
  }
  const std::string records_from = absl::GetFlag(FLAGS_records_from);
  const std::string shards_from = absl::GetFlag(FLAGS_shards_from);
  ROBBENCH_ASSIGN_OR_RETURN(std::vector<std::string> paths,
                            ListedPaths(records_from));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<std::string> shards,
                            ListedPaths(shards_from));
  paths.insert(paths.end(), arguments.begin(), arguments.end());
  if (paths.empty() && shards.empty()) {
    return UsageError("no record is given");
  }
  const std::string json_path = absl::GetFlag(FLAGS_json_out);
  const std::string csv_path = absl::GetFlag(FLAGS_csv_out);
  const std::string sqlite_path = absl::GetFlag(FLAGS_sqlite_out);
  std::vector<std::string> inputs = paths;
  inputs.insert(inputs.end(), shards.begin(), shards.end());
  inputs.insert(inputs.end(), {spec_path, records_from, shards_from});
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open(
          {shard_path, table_path, json_path, csv_path, sqlite_path}, inputs));
  ROBBENCH_ASSIGN_OR_RETURN(const auto spec,
                            ReadTextProto<DatasetSpec>(spec_path));
  ROBBENCH_RETURN_IF_ERROR(CheckName(spec_path, "name", spec.message.name()));
  ROBBENCH_ASSIGN_OR_RETURN(std::vector<CollectedRecord> records,
                            ReadRecords(paths, shards, spec.bytes));
  if (!shard_path.empty()) {
    ROBBENCH_RETURN_IF_ERROR(Collect(spec, records).status());
    outputs.Add(shard_path,
                SerializeRecord(MakeRecordShard(spec.bytes, records)));
    return outputs.Commit();
  }
  ROBBENCH_ASSIGN_OR_RETURN(const Table table,
                            MakeTable(spec, std::move(records)));

  outputs.Add(table_path, SerializeRecord(table));
  if (!json_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string json, TableJson(table));
    outputs.Add(json_path, std::move(json));
  }
  if (!csv_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string csv, TableCsv(table));
    outputs.Add(csv_path, std::move(csv));
  }
  if (!sqlite_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string database, TableSqlite(table));
    outputs.Add(sqlite_path, std::move(database));
  }
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
