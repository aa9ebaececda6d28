// //analysis/studies/ntk:correlate_ntk: scores, published table and spec into
// correlations.
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "analysis/studies/ntk/ntk_scores.h"
#include "analysis/studies/ntk/ntk_study.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/text/message_json.h"
#include "nas/base/file.h"
#include "nas/base/path_list.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"

ABSL_FLAG(std::string, table, "", "the published table (required)");
ABSL_FLAG(std::string, spec, "", "a NtkStudySpec as textproto (required)");
ABSL_FLAG(robbench::PathList<struct ScoresFlag>, scores, {},
          "a file of //analysis/studies/ntk:collect_ntk_scores, once for each "
          "(required)");
ABSL_FLAG(std::string, study_out, "", "the results (required)");
ABSL_FLAG(std::string, json_out, "", "the results as JSON");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Correlates NTK scores at initialisation with published accuracies.

  correlate_ntk --table=table.binpb --spec=ntk_study.textproto \
      --scores=calibrated.textproto --study_out=study.binpb)";

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string table_path = absl::GetFlag(FLAGS_table);
  const std::string spec_path = absl::GetFlag(FLAGS_spec);
  const std::vector<std::string> paths = absl::GetFlag(FLAGS_scores).paths;
  const std::string out_path = absl::GetFlag(FLAGS_study_out);
  const std::string json_path = absl::GetFlag(FLAGS_json_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table", table_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("spec", spec_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("scores", absl::StrJoin(paths, " ")));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("study_out", out_path));
  std::vector<std::string> read = paths;
  read.insert(read.end(), {table_path, spec_path});
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                            OutputFiles::Open({out_path, json_path}, read));
  std::string table_bytes;
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                            BenchmarkTable::Read(table_path, &table_bytes));
  ROBBENCH_ASSIGN_OR_RETURN(const auto spec,
                            ReadTextProto<NtkStudySpec>(spec_path));
  std::vector<TextProtoFile<NtkScores>> files;
  std::vector<std::pair<std::string, NtkScores>> scores;
  std::vector<std::pair<std::string, absl::string_view>> inputs = {
      {"table", table_bytes}, {"spec", spec.bytes}};
  files.reserve(paths.size());
  for (const std::string& path : paths) {
    ROBBENCH_ASSIGN_OR_RETURN(auto file, ReadTextProto<NtkScores>(path));
    ROBBENCH_RETURN_IF_ERROR(CheckNtkScores(path, file.message));
    files.push_back(std::move(file));
    scores.emplace_back(path, files.back().message);
    inputs.emplace_back("scores", files.back().bytes);
  }
  ROBBENCH_ASSIGN_OR_RETURN(
      NtkStudy study, ComputeNtkStudy(table, spec_path, spec.message, scores));
  *study.mutable_provenance() =
      MakeProvenance("analysis:correlate_ntk", /*numeric_profile=*/"", inputs);
  outputs.Add(out_path, SerializeRecord(study));
  if (!json_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string json, MessageJson(study));
    outputs.Add(json_path, std::move(json));
  }
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
