// //analysis/report:judge_reproduction compares networks that were trained by
// the paper's recipe with the rows of the published table that are the same
// network.
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/report/tables/reproduction_tables.h"
#include "analysis/studies/reproduction/reproduction.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/text/message_json.h"
#include "nas/base/file.h"
#include "nas/base/path_list.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"

ABSL_FLAG(robbench::PathList<struct ReproductionFlag>, reproduction, {},
          "textproto ReproducedRun, once for each (required)");
ABSL_FLAG(std::string, dataset_spec, "",
          "the textproto that their data set was preprocessed by (required)");
ABSL_FLAG(std::string, published, "", "the published table.binpb (required)");
ABSL_FLAG(std::string, markdown_out, "", "the verdicts to read (required)");
ABSL_FLAG(std::string, json_out, "", "the verdicts with all evidence");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Judges trained networks by the rule of analysis/studies/reproduction/README.md.

  judge_reproduction --reproduction=run.textproto [--reproduction=...] \
      --dataset_spec=cifar10.textproto --published=table.binpb \
      --markdown_out=verdicts.md [--json_out=verdicts.json])";

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::vector<std::string> runs = absl::GetFlag(FLAGS_reproduction).paths;
  const std::string spec = absl::GetFlag(FLAGS_dataset_spec);
  const std::string published_path = absl::GetFlag(FLAGS_published);
  const std::string markdown_out = absl::GetFlag(FLAGS_markdown_out);
  const std::string json_out = absl::GetFlag(FLAGS_json_out);
  ROBBENCH_RETURN_IF_ERROR(
      RequireFlag("reproduction", absl::StrJoin(runs, " ")));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset_spec", spec));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("published", published_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("markdown_out", markdown_out));
  std::vector<std::string> inputs = runs;
  inputs.insert(inputs.end(), {spec, published_path});
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs, OutputFiles::Open({markdown_out, json_out}, inputs));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<OurCell> ours,
                            ReadReproduction(spec, runs));
  ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable published,
                            BenchmarkTable::Read(published_path));
  ROBBENCH_ASSIGN_OR_RETURN(const ReferenceRows rows,
                            FindPublishedRows(ours, published));
  const Reproductions reproductions = Judge(ours, rows);
  outputs.Add(markdown_out,
              absl::StrCat(MarkdownTable(VerdictTable(reproductions)), "\n",
                           MarkdownTable(ReproductionTable(reproductions))));
  if (!json_out.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string json, MessageJson(reproductions));
    outputs.Add(json_out, std::move(json));
  }
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
