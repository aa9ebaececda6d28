// //analysis:import_published: the published table into a benchmark table.
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "analysis/published_benchmark.h"
#include "analysis/published_table.h"
#include "analysis/table_export.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"

ABSL_FLAG(std::string, input, "", "NAS-RobBench-201_html.json (required)");
ABSL_FLAG(std::string, table_out, "", "the table (required)");
ABSL_FLAG(std::string, csv_out, "", "the table as CSV");
ABSL_FLAG(std::string, sqlite_out, "", "the table as an SQLite database");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Reads the published table of NAS-RobBench-201, all three data sets.

  import_published --input=NAS-RobBench-201_html.json \
      --table_out=table.binpb [--csv_out=...] [--sqlite_out=...])";

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string input = absl::GetFlag(FLAGS_input);
  const std::string table_path = absl::GetFlag(FLAGS_table_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("input", input));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table_out", table_path));
  ROBBENCH_ASSIGN_OR_RETURN(const std::string bytes,
                            ReadFile(input, kMaxPublishedBytes));
  ROBBENCH_ASSIGN_OR_RETURN(const PublishedTable published,
                            ParsePublishedTable(input, bytes));
  ROBBENCH_ASSIGN_OR_RETURN(const Table table,
                            MakePublishedBenchmark(published, bytes));
  OutputFiles outputs;
  outputs.Add(table_path, SerializeRecord(table));
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
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
