// //analysis/figures:theory_figures: studies of the theory into figures.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/render_figures.h"
#include "analysis/figures/theory_figure.h"
#include "analysis/studies/theory/theory_check.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "ntk/theory/theory.pb.h"

ABSL_FLAG(std::string, width_study, "",
          "what //ntk/theory:width_study wrote (required)");
ABSL_FLAG(std::string, bound_study, "",
          "what //ntk/theory:bound_study wrote (required)");
ABSL_FLAG(std::string, style, "", "a FigureStyle as textproto (required)");
ABSL_FLAG(std::string, out_dir, "",
          "an existing directory for NAME.svg, .pdf, .png, .gp and .dat of "
          "every figure, and figures.textproto (required)");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Draws width_study and bound_study.

  theory_figures --width_study=width_study.binpb \
      --bound_study=bound_study.binpb --style=figure_style.textproto \
      --out_dir=figures)";

absl::Status DrawFigures(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string width_path = absl::GetFlag(FLAGS_width_study);
  const std::string bound_path = absl::GetFlag(FLAGS_bound_study);
  const std::string style_path = absl::GetFlag(FLAGS_style);
  const std::string directory = absl::GetFlag(FLAGS_out_dir);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("width_study", width_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("bound_study", bound_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("style", style_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("out_dir", directory));
  ROBBENCH_RETURN_IF_ERROR(
      CheckFigureDirectory(directory, {width_path, bound_path, style_path}));
  ROBBENCH_ASSIGN_OR_RETURN(const auto width_study,
                            ReadRecord<WidthStudyRecord>(width_path));
  ROBBENCH_RETURN_IF_ERROR(CheckWidthStudy(width_path, width_study));
  ROBBENCH_ASSIGN_OR_RETURN(const auto bound_study,
                            ReadRecord<BoundStudyRecord>(bound_path));
  ROBBENCH_RETURN_IF_ERROR(CheckBoundStudy(bound_path, bound_study));
  ROBBENCH_ASSIGN_OR_RETURN(const auto style,
                            ReadTextProto<FigureStyle>(style_path));
  ROBBENCH_RETURN_IF_ERROR(CheckStyle(style_path, style.message));
  return WriteFigures(
      MakeTheoryFigures(width_study, bound_study, style.message), {},
      directory);
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage,
                              robbench::DrawFigures);
}
