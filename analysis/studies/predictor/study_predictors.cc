// //analysis/studies/predictor:study_predictors holds scores against the
// published table, as a spec says, and writes what each predictor is worth.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/studies/predictor/predictor_study.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/table/predictor_scores.h"
#include "analysis/table/predictor_scores.pb.h"
#include "analysis/table/table_analysis.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"

ABSL_FLAG(std::string, scores, "",
          "the file of //analysis/studies/predictor:collect_predictor_scores "
          "(required)");
ABSL_FLAG(std::string, study_out, "", "the results (required)");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Holds by a PredictorStudySpec training-free scores and short trainings against
the published table's accuracies.

  study_predictors --table=table.binpb --spec=predictor_study.textproto \
      --scores=scores.textproto --study_out=study.binpb)";

absl::StatusOr<PredictorStudy> Study(
    const AnalysedFiles<PredictorStudySpec>& files) {
  const auto& [path, bytes] = files.more.front();
  PredictorScores scores;
  ROBBENCH_RETURN_IF_ERROR(ParseTextProto(path, bytes, &scores));
  ROBBENCH_RETURN_IF_ERROR(CheckPredictorScores(path, scores));
  return ComputePredictorStudy(files.table, files.spec_path, files.spec, path,
                               scores);
}

absl::Status Run(const std::vector<std::string>& arguments) {
  return AnalyseTable<PredictorStudySpec>(
      arguments,
      {.producer = "analysis/studies/predictor:study_predictors",
       .record_flag = "study_out",
       .record_out = absl::GetFlag(FLAGS_study_out),
       .more_flag = "scores",
       .more_paths = {absl::GetFlag(FLAGS_scores)}},
      Study);
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
