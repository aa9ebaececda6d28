// //analysis:search: a table and a spec into what search algorithms find.
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "analysis/search/architecture_search.h"
#include "analysis/search/search.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/text/message_json.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"

ABSL_FLAG(std::string, table, "", "a table of all classes (required)");
ABSL_FLAG(std::string, spec, "", "a SearchSpec as textproto (required)");
ABSL_FLAG(std::string, search_out, "", "the results (required)");
ABSL_FLAG(std::string, json_out, "", "the results as JSON");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Runs search algorithms on a table: which cells they find, after how many
queries, averaged over repeats.

  search --table=table.binpb --spec=search.textproto \
      --search_out=search.binpb [--json_out=search.json])";

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string table_path = absl::GetFlag(FLAGS_table);
  const std::string spec_path = absl::GetFlag(FLAGS_spec);
  const std::string out_path = absl::GetFlag(FLAGS_search_out);
  const std::string json_path = absl::GetFlag(FLAGS_json_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table", table_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("spec", spec_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("search_out", out_path));
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({out_path, json_path}, {table_path, spec_path}));
  std::string table_bytes;
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                            BenchmarkTable::Read(table_path, &table_bytes));
  ROBBENCH_ASSIGN_OR_RETURN(const auto spec,
                            ReadTextProto<SearchSpec>(spec_path));
  ROBBENCH_ASSIGN_OR_RETURN(
      Search search, RunSearches(table_path, table, spec_path, spec.message));
  *search.mutable_provenance() =
      MakeProvenance("analysis:search", /*numeric_profile=*/"",
                     {{"table", table_bytes}, {"spec", spec.bytes}});
  outputs.Add(out_path, SerializeRecord(search));
  if (!json_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string json, MessageJson(search));
    outputs.Add(json_path, std::move(json));
  }
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
