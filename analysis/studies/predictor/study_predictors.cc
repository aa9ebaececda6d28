// //analysis/studies/predictor:study_predictors: scores, published table and
// spec into what each predictor is worth.
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "analysis/studies/predictor/predictor_scores.h"
#include "analysis/studies/predictor/predictor_study.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/text/message_json.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"

ABSL_FLAG(std::string, table, "", "the published table (required)");
ABSL_FLAG(std::string, spec, "",
          "a PredictorStudySpec as textproto (required)");
ABSL_FLAG(std::string, scores, "",
          "the file of //analysis/studies/predictor:collect_predictor_scores "
          "(required)");
ABSL_FLAG(std::string, study_out, "", "the results (required)");
ABSL_FLAG(std::string, json_out, "", "the results as JSON");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Holds training-free scores against published accuracies.

  study_predictors --table=table.binpb --spec=predictor_study.textproto \
      --scores=scores.textproto --study_out=study.binpb)";

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string table_path = absl::GetFlag(FLAGS_table);
  const std::string spec_path = absl::GetFlag(FLAGS_spec);
  const std::string scores_path = absl::GetFlag(FLAGS_scores);
  const std::string out_path = absl::GetFlag(FLAGS_study_out);
  const std::string json_path = absl::GetFlag(FLAGS_json_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table", table_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("spec", spec_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("scores", scores_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("study_out", out_path));
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({out_path, json_path},
                        {table_path, spec_path, scores_path}));
  std::string table_bytes;
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                            BenchmarkTable::Read(table_path, &table_bytes));
  ROBBENCH_ASSIGN_OR_RETURN(const auto spec,
                            ReadTextProto<PredictorStudySpec>(spec_path));
  // Longer than what people write.
  ROBBENCH_ASSIGN_OR_RETURN(const std::string score_bytes,
                            ReadFile(scores_path));
  PredictorScores scores;
  ROBBENCH_RETURN_IF_ERROR(ParseTextProto(scores_path, score_bytes, &scores));
  ROBBENCH_RETURN_IF_ERROR(CheckPredictorScores(scores_path, scores));
  ROBBENCH_ASSIGN_OR_RETURN(
      PredictorStudy study,
      ComputePredictorStudy(table, spec_path, spec.message, scores_path,
                            scores));
  *study.mutable_provenance() = MakeProvenance(
      "analysis/studies/predictor:study_predictors", /*numeric_profile=*/"",
      {{"table", table_bytes}, {"spec", spec.bytes}, {"scores", score_bytes}});
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
