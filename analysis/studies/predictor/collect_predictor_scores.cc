// //analysis/studies/predictor:collect_predictor_scores condenses records of
// training-free scores to one small file.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/studies/predictor/predictor_scores.h"
#include "analysis/studies/score_records.h"
#include "analysis/table/predictor_scores.pb.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"

ABSL_FLAG(
    std::string, records_from, "",
    "a file that names records of //ntk/proxies:score_proxies, one a line "
    "(required)");
ABSL_FLAG(std::string, scores_out, "", "textproto PredictorScores (required)");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Reduces training-free scores to their means over
seeds.

  collect_predictor_scores --records_from=records.txt \
      --scores_out=scores.textproto)";

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string list_path = absl::GetFlag(FLAGS_records_from);
  const std::string out_path = absl::GetFlag(FLAGS_scores_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("records_from", list_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("scores_out", out_path));
  return CondenseRecords(
      list_path, out_path,
      [](const RecordFiles& files) -> absl::StatusOr<std::string> {
        ROBBENCH_ASSIGN_OR_RETURN(const PredictorScores scores,
                                  CollectPredictorScores(files));
        return PrintScores(scores);
      });
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
