// //analysis/studies/predictor/short:add_short_training adds the accuracies of
// a short training to a file of scores.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "analysis/studies/predictor/short/add_short_training.h"
#include "analysis/studies/score_records.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/predictor_scores.h"
#include "analysis/table/predictor_scores.pb.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"

ABSL_FLAG(std::string, scores, "", "textproto PredictorScores (required)");
ABSL_FLAG(std::string, name, "",
          "of the training: short_3000, short_500 or short_100 (required)");
ABSL_FLAG(std::string, table, "", "its table.binpb (required)");
ABSL_FLAG(std::string, scores_out, "",
          "textproto PredictorScores with it (required)");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Adds a short training to training-free scores.

  add_short_training --scores=scores.textproto --name=short_3000 \
      --table=table.binpb --scores_out=with_training.textproto)";

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string scores_path = absl::GetFlag(FLAGS_scores);
  const std::string name = absl::GetFlag(FLAGS_name);
  const std::string table_path = absl::GetFlag(FLAGS_table);
  const std::string out_path = absl::GetFlag(FLAGS_scores_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("scores", scores_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("name", name));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table", table_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("scores_out", out_path));
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({out_path}, {scores_path, table_path}));
  ROBBENCH_ASSIGN_OR_RETURN(auto scores,
                            ReadTextProto<PredictorScores>(scores_path));
  ROBBENCH_RETURN_IF_ERROR(CheckPredictorScores(scores_path, scores.message));
  std::string bytes;
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                            BenchmarkTable::Read(table_path, &bytes));
  ROBBENCH_RETURN_IF_ERROR(AddShortTraining(name, table_path, bytes, table,
                                            scores_path, scores.message));
  outputs.Add(out_path, PrintScores(scores.message));
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
