// //analysis/statistics computes the statistics of a table, as a spec says.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/table_analysis.h"
#include "nas/base/program.h"

ABSL_FLAG(std::string, statistics_out, "", "the statistics (required)");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Computes by a StatisticsSpec distributions, rank correlations, the ranking
and the share of each operation among the best cells.

  statistics --table=table.binpb --spec=statistics.textproto \
      --statistics_out=statistics.binpb [--json_out=statistics.json])";

absl::Status Run(const std::vector<std::string>& arguments) {
  return AnalyseTable<StatisticsSpec>(
      arguments,
      {.producer = "analysis:statistics",
       .record_flag = "statistics_out",
       .record_out = absl::GetFlag(FLAGS_statistics_out)},
      [](const AnalysedFiles<StatisticsSpec>& files) {
        return ComputeStatistics(files.table, files.spec_path, files.spec);
      });
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
