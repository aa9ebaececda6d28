// //analysis/figures:reproduction_figures: committed runs of the paper's recipe
// into the figure of reproduction_figure.h.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/render_figures.h"
#include "analysis/figures/reproduction_figure.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "nas/base/path_list.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "training/dataset_spec.pb.h"
#include "training/records.pb.h"

ABSL_FLAG(robbench::PathList<struct ReproductionFlag>, reproduction, {},
          "a textproto ReproducedRun, once for each (required)");
ABSL_FLAG(std::string, reproduction_dataset_spec, "",
          "textproto DatasetSpec of their data set (required)");
ABSL_FLAG(std::string, style, "", "a FigureStyle as textproto (required)");
ABSL_FLAG(std::string, out_dir, "",
          "an existing directory for training_loss.svg, .pdf, .png, its script "
          "and data, and figures.textproto (required)");
ABSL_FLAG(std::string, gnuplot, "/usr/bin/gnuplot", "the program");
ABSL_FLAG(std::string, rsvg_convert, "/usr/bin/rsvg-convert", "the program");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Draws training_loss.

  reproduction_figures --reproduction=run.textproto [--reproduction=...] \
      --reproduction_dataset_spec=cifar10.textproto \
      --style=figure_style.textproto --out_dir=figures)";

absl::Status DrawFigures(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::vector<std::string> runs = absl::GetFlag(FLAGS_reproduction).paths;
  const std::string spec_path = absl::GetFlag(FLAGS_reproduction_dataset_spec);
  const std::string style_path = absl::GetFlag(FLAGS_style);
  const std::string directory = absl::GetFlag(FLAGS_out_dir);
  ROBBENCH_RETURN_IF_ERROR(
      RequireFlag("reproduction", absl::StrJoin(runs, " ")));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("reproduction_dataset_spec", spec_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("style", style_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("out_dir", directory));
  std::vector<std::string> inputs = runs;
  inputs.push_back(spec_path);
  inputs.push_back(style_path);
  ROBBENCH_RETURN_IF_ERROR(CheckFigureDirectory(directory, inputs));
  ROBBENCH_ASSIGN_OR_RETURN(const auto spec,
                            ReadTextProto<DatasetSpec>(spec_path));
  ROBBENCH_ASSIGN_OR_RETURN(const auto style,
                            ReadTextProto<FigureStyle>(style_path));
  ROBBENCH_RETURN_IF_ERROR(CheckStyle(style_path, style.message));
  std::vector<TrainRecord> trainings;
  for (const std::string& path : runs) {
    ROBBENCH_ASSIGN_OR_RETURN(const auto run,
                              ReadTextProto<ReproducedRun>(path));
    trainings.push_back(run.message.training());
  }
  ROBBENCH_ASSIGN_OR_RETURN(
      const Figure figure,
      MakeTrainingLossFigure(trainings, spec.message.classes(), style.message));
  return WriteFigures({figure},
                      {.gnuplot = absl::GetFlag(FLAGS_gnuplot),
                       .rsvg_convert = absl::GetFlag(FLAGS_rsvg_convert)},
                      directory);
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage,
                              robbench::DrawFigures);
}
