// //analysis/published:import_published turns the published table into a
// benchmark table.
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "analysis/published/authors_json.h"
#include "analysis/published/page_table.h"
#include "analysis/published/predictor_columns.h"
#include "analysis/published/published_benchmark.h"
#include "analysis/published/published_table.h"
#include "analysis/table/export/table_export.h"
#include "analysis/table/predictor_scores.pb.h"
#include "analysis/table/table.pb.h"
#include "nas/base/file.h"
#include "nas/base/file_kind.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/base/utf8.h"

ABSL_FLAG(
    std::string, input, "",
    "NAS-RobBench-201_html.json, or the authors' released JSON (required)");
ABSL_FLAG(std::string, meta, "",
          "the meta.json released with the latter, to be checked against");
ABSL_FLAG(std::string, table_out, "", "the table (required)");
ABSL_FLAG(std::string, standard_training, "",
          "jung2023_acc.json: adds its accuracies");
ABSL_FLAG(std::string, predictor_scores, "",
          "textproto PredictorScores: adds its training-free scores and "
          "short trainings, and the counts of every cell");
ABSL_FLAG(std::string, json_out, "", "the table as JSON, as the authors' own");
ABSL_FLAG(std::string, csv_out, "", "the table as CSV");
ABSL_FLAG(std::string, sqlite_out, "", "the table as an SQLite database");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Reads the published table of NAS-RobBench-201, all three data sets, as its
project page has it or as the authors' released JSON.

  import_published --input=NAS-RobBench-201_html.json \
      [--standard_training=jung2023_acc.json] \
      [--predictor_scores=scores.textproto] --table_out=table.binpb \
      [--json_out=...] [--csv_out=...] [--sqlite_out=...])";

// Returns whether a file looks like the released JSON, which begins with "{"
// after a byte order mark and blanks, if it has them. The page's begins with
// "acc=".
bool IsReleasedJson(absl::string_view bytes) {
  absl::ConsumePrefix(&bytes, kByteOrderMark);
  return absl::StartsWith(absl::StripLeadingAsciiWhitespace(bytes), "{");
}

// Reads either format.
absl::StatusOr<Table> ReadTable(const std::string& path,
                                const std::string& meta_path,
                                const std::string& bytes) {
  if (!IsReleasedJson(bytes)) {
    if (!meta_path.empty()) {
      return UsageError("meta goes with the authors' released JSON");
    }
    const absl::StatusOr<PublishedTable> published =
        ParsePublishedTable(path, bytes);
    if (!published.ok()) {
      return absl::Status(
          published.status().code(),
          absl::StrCat(published.status().message(), LooksLike(bytes)));
    }
    return MakePublishedBenchmark(*published, bytes);
  }
  ROBBENCH_ASSIGN_OR_RETURN(Table table, ParseAuthorsJson(path, bytes));
  if (!meta_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::string meta,
                              ReadFile(meta_path, kMaxAuthorsBytes));
    ROBBENCH_RETURN_IF_ERROR(CheckAuthorsMeta(meta_path, meta, table));
  }
  return table;
}

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string input = absl::GetFlag(FLAGS_input);
  const std::string table_path = absl::GetFlag(FLAGS_table_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("input", input));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table_out", table_path));
  const std::string json_path = absl::GetFlag(FLAGS_json_out);
  const std::string csv_path = absl::GetFlag(FLAGS_csv_out);
  const std::string sqlite_path = absl::GetFlag(FLAGS_sqlite_out);
  const std::string standard_path = absl::GetFlag(FLAGS_standard_training);
  const std::string scores_path = absl::GetFlag(FLAGS_predictor_scores);
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open(
          {table_path, json_path, csv_path, sqlite_path},
          {input, absl::GetFlag(FLAGS_meta), standard_path, scores_path}));
  ROBBENCH_ASSIGN_OR_RETURN(const std::string bytes,
                            ReadFile(input, kMaxAuthorsBytes));
  ROBBENCH_ASSIGN_OR_RETURN(Table table,
                            ReadTable(input, absl::GetFlag(FLAGS_meta), bytes));
  if (!standard_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::string standard_bytes,
                              ReadFile(standard_path, kMaxPageBytes));
    ROBBENCH_ASSIGN_OR_RETURN(
        const StandardTable standard,
        ParseStandardTable(standard_path, standard_bytes));
    AddStandardTraining(standard, standard_bytes, table);
  }
  if (!scores_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::string scores_bytes,
                              ReadFile(scores_path, kMaxPageBytes));
    PredictorScores scores;
    ROBBENCH_RETURN_IF_ERROR(
        ParseTextProto(scores_path, scores_bytes, &scores));
    ROBBENCH_RETURN_IF_ERROR(
        AddPredictors(scores_path, scores_bytes, scores, table));
  }
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
