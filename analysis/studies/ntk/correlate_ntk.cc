// //analysis/studies/ntk:correlate_ntk correlates NTK scores with the
// accuracies of the published table, as a spec says.
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/studies/ntk/ntk_scores.h"
#include "analysis/studies/ntk/ntk_study.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/table/table_analysis.h"
#include "nas/base/path_list.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"

ABSL_FLAG(robbench::PathList<struct ScoresFlag>, scores, {},
          "a file of //analysis/studies/ntk:collect_ntk_scores, once for each "
          "(required)");
ABSL_FLAG(std::string, study_out, "", "the results (required)");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Correlates by a NtkStudySpec NTK scores at initialisation with the
published table's accuracies.

  correlate_ntk --table=table.binpb --spec=ntk_study.textproto \
      --scores=calibrated.textproto --study_out=study.binpb)";

absl::StatusOr<NtkStudy> Correlate(const AnalysedFiles<NtkStudySpec>& files) {
  std::vector<std::pair<std::string, NtkScores>> scores;
  for (const auto& [path, bytes] : files.more) {
    NtkScores& read = scores.emplace_back(path, NtkScores()).second;
    ROBBENCH_RETURN_IF_ERROR(ParseTextProto(path, bytes, &read));
    ROBBENCH_RETURN_IF_ERROR(CheckNtkScores(path, read));
  }
  return ComputeNtkStudy(files.table, files.spec_path, files.spec, scores);
}

absl::Status Run(const std::vector<std::string>& arguments) {
  return AnalyseTable<NtkStudySpec>(
      arguments,
      {.producer = "analysis:correlate_ntk",
       .record_flag = "study_out",
       .record_out = absl::GetFlag(FLAGS_study_out),
       .more_flag = "scores",
       .more_paths = absl::GetFlag(FLAGS_scores).paths},
      Correlate);
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
