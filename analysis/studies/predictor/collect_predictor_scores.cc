// //analysis/studies/predictor:collect_predictor_scores: records of
// training-free scores into one small file.
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "analysis/studies/predictor/predictor_scores.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "nas/base/file.h"
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
  ROBBENCH_ASSIGN_OR_RETURN(const std::string list, ReadFile(list_path));
  const std::vector<std::string> paths =
      absl::StrSplit(list, '\n', absl::SkipEmpty());
  std::vector<std::string> inputs = paths;
  inputs.push_back(list_path);
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                            OutputFiles::Open({out_path}, inputs));
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::string& path : paths) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
    files.emplace_back(path, std::move(bytes));
  }
  ROBBENCH_ASSIGN_OR_RETURN(const PredictorScores scores,
                            CollectPredictorScores(files));
  outputs.Add(out_path, PrintPredictorScores(scores));
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
