// //analysis:figures: table and statistics into figures.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/render_figures.h"
#include "analysis/statistics/read_statistics.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"

ABSL_FLAG(std::string, table, "", "what //analysis/collect wrote (required)");
ABSL_FLAG(std::string, statistics, "",
          "what //analysis/statistics wrote of it (required)");
ABSL_FLAG(std::string, style, "", "a FigureStyle as textproto (required)");
ABSL_FLAG(std::string, out_dir, "",
          "an existing directory for NAME.svg, .pdf, .png, .gp and .dat of "
          "every figure, and figures.textproto (required)");
ABSL_FLAG(std::vector<std::string>, figures, {},
          "names of the figures to draw, with commas between them; without it "
          "those that the table has data for");
ABSL_FLAG(std::string, gnuplot, "/usr/bin/gnuplot", "the program");
ABSL_FLAG(std::string, rsvg_convert, "/usr/bin/rsvg-convert", "the program");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Draws accuracy_box_plots, ranking, rank_correlation,
ntk_against_accuracy and operation_shares, or those of them that are named.

  figures --table=table.binpb --statistics=statistics.binpb \
      --style=figure_style.textproto --out_dir=figures [--figures=NAME,...])";

absl::Status DrawFigures(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string table_path = absl::GetFlag(FLAGS_table);
  const std::string statistics_path = absl::GetFlag(FLAGS_statistics);
  const std::string style_path = absl::GetFlag(FLAGS_style);
  const std::string directory = absl::GetFlag(FLAGS_out_dir);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table", table_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("statistics", statistics_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("style", style_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("out_dir", directory));
  ROBBENCH_RETURN_IF_ERROR(CheckFigureDirectory(
      directory, {table_path, statistics_path, style_path}));
  ROBBENCH_ASSIGN_OR_RETURN(
      const AnalysedTable analysed,
      ReadTableAndStatistics(table_path, statistics_path));
  ROBBENCH_ASSIGN_OR_RETURN(const auto style,
                            ReadTextProto<FigureStyle>(style_path));
  ROBBENCH_RETURN_IF_ERROR(CheckStyle(style_path, style.message));
  ROBBENCH_ASSIGN_OR_RETURN(
      const std::vector<Figure> figures,
      MakeFigures(analysed.table, analysed.statistics, style.message,
                  absl::GetFlag(FLAGS_figures)));
  return WriteFigures(figures,
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
