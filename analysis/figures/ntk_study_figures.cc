// //analysis/figures:ntk_study_figures: a study into the figure of
// ntk_study_figure.h.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/ntk_study_figure.h"
#include "analysis/figures/render_figures.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"

ABSL_FLAG(std::string, study, "",
          "what //analysis/studies/ntk:correlate_ntk wrote (required)");
ABSL_FLAG(std::string, style, "", "a FigureStyle as textproto (required)");
ABSL_FLAG(std::string, out_dir, "",
          "an existing directory for ntk_study.svg, .pdf, .png, its script and "
          "data, and figures.textproto (required)");
ABSL_FLAG(std::string, gnuplot, "/usr/bin/gnuplot", "the program");
ABSL_FLAG(std::string, rsvg_convert, "/usr/bin/rsvg-convert", "the program");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Draws ntk_study.

  ntk_study_figures --study=study.binpb --style=figure_style.textproto \
      --out_dir=figures)";

absl::Status DrawFigures(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string study_path = absl::GetFlag(FLAGS_study);
  const std::string style_path = absl::GetFlag(FLAGS_style);
  const std::string directory = absl::GetFlag(FLAGS_out_dir);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("study", study_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("style", style_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("out_dir", directory));
  ROBBENCH_RETURN_IF_ERROR(
      CheckFigureDirectory(directory, {study_path, style_path}));
  ROBBENCH_ASSIGN_OR_RETURN(const NtkStudy study,
                            ReadRecord<NtkStudy>(study_path));
  ROBBENCH_ASSIGN_OR_RETURN(const auto style,
                            ReadTextProto<FigureStyle>(style_path));
  ROBBENCH_RETURN_IF_ERROR(CheckStyle(style_path, style.message));
  ROBBENCH_ASSIGN_OR_RETURN(const Figure figure,
                            MakeNtkStudyFigure(study, style.message));
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
