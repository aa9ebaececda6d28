// //analysis:statistics: a table and a spec into statistics.
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/text/message_json.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"

ABSL_FLAG(std::string, table, "", "what //analysis/collect wrote (required)");
ABSL_FLAG(std::string, spec, "", "a StatisticsSpec as textproto (required)");
ABSL_FLAG(std::string, statistics_out, "", "the statistics (required)");
ABSL_FLAG(std::string, json_out, "", "the statistics as JSON");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Computes distributions, rank correlations, the ranking and the share of
each operation among the best cells.

  statistics --table=table.binpb --spec=statistics.textproto \
      --statistics_out=statistics.binpb [--json_out=statistics.json])";

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string table_path = absl::GetFlag(FLAGS_table);
  const std::string spec_path = absl::GetFlag(FLAGS_spec);
  const std::string out_path = absl::GetFlag(FLAGS_statistics_out);
  const std::string json_path = absl::GetFlag(FLAGS_json_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table", table_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("spec", spec_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("statistics_out", out_path));
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({out_path, json_path}, {table_path, spec_path}));
  std::string table_bytes;
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                            BenchmarkTable::Read(table_path, &table_bytes));
  ROBBENCH_ASSIGN_OR_RETURN(const auto spec,
                            ReadTextProto<StatisticsSpec>(spec_path));
  ROBBENCH_ASSIGN_OR_RETURN(Statistics statistics,
                            ComputeStatistics(table, spec_path, spec.message));
  *statistics.mutable_provenance() =
      MakeProvenance("analysis:statistics", /*numeric_profile=*/"",
                     {{"table", table_bytes}, {"spec", spec.bytes}});
  outputs.Add(out_path, SerializeRecord(statistics));
  if (!json_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string json, MessageJson(statistics));
    outputs.Add(json_path, std::move(json));
  }
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
