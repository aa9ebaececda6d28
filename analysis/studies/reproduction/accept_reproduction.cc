// bazel run //analysis/studies/reproduction:accept_reproduction puts the
// records of one finished run into one textproto ReproducedRun, which is then
// committed.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "google/protobuf/text_format.h"
#include "nas/base/file.h"
#include "nas/base/path_list.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "training/records.pb.h"

ABSL_FLAG(std::string, training, "", "TrainRecord (required)");
ABSL_FLAG(robbench::PathList<struct EvaluationsFlag>, evaluations, {},
          "EvaluationRecord of its weights, once for each (required)");
ABSL_FLAG(std::string, out, "", "textproto ReproducedRun to write (required)");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Puts the records of a run into one text file.

  accept_reproduction --training=R.train.binpb \
      --evaluations=R.eval.binpb [--evaluations=...] --out=run.textproto)";

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string training = absl::GetFlag(FLAGS_training);
  const std::vector<std::string> evaluations =
      absl::GetFlag(FLAGS_evaluations).paths;
  const std::string out = absl::GetFlag(FLAGS_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("training", training));
  ROBBENCH_RETURN_IF_ERROR(
      RequireFlag("evaluations", absl::StrJoin(evaluations, " ")));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("out", out));
  std::vector<std::string> inputs = evaluations;
  inputs.push_back(training);
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                            OutputFiles::Open({out}, inputs));
  ReproducedRun run;
  ROBBENCH_ASSIGN_OR_RETURN(*run.mutable_training(),
                            ReadRecord<TrainRecord>(training));
  for (const std::string& path : evaluations) {
    ROBBENCH_ASSIGN_OR_RETURN(*run.add_evaluations(),
                              ReadRecord<EvaluationRecord>(path));
  }
  std::string text;
  google::protobuf::TextFormat::PrintToString(run, &text);
  outputs.Add(out,
              "# proto-file: analysis/studies/reproduction/reproduction.proto\n"
              "# proto-message: ReproducedRun\n" +
                  text);
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
