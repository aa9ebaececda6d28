// //analysis/figures:paper_figures: table, statistics and search into the
// figures of paper_figure.h.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/paper_figure.h"
#include "analysis/figures/render_figures.h"
#include "analysis/search/search.pb.h"
#include "analysis/statistics/read_statistics.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"

ABSL_FLAG(std::string, table, "", "a table of all classes (required)");
ABSL_FLAG(std::string, statistics, "",
          "what //analysis/statistics wrote of it (required)");
ABSL_FLAG(std::string, search, "",
          "what //analysis/search wrote of it (required)");
ABSL_FLAG(std::string, style, "", "a FigureStyle as textproto (required)");
ABSL_FLAG(std::string, out_dir, "",
          "an existing directory for NAME.svg, .pdf, .png and script of every "
          "figure, and figures.textproto (required)");
ABSL_FLAG(std::string, gnuplot, "/usr/bin/gnuplot", "the program");
ABSL_FLAG(std::string, dot, "/usr/bin/dot", "the program");
ABSL_FLAG(std::string, rsvg_convert, "/usr/bin/rsvg-convert", "the program");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Draws cell, skeleton, accuracy_distributions, dataset_ranking,
all_correlations, cost_fronts and search_trajectories.

  paper_figures --table=table.binpb --statistics=statistics.binpb \
      --search=search.binpb --style=figure_style.textproto --out_dir=figures)";

absl::Status DrawFigures(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string table_path = absl::GetFlag(FLAGS_table);
  const std::string statistics_path = absl::GetFlag(FLAGS_statistics);
  const std::string search_path = absl::GetFlag(FLAGS_search);
  const std::string style_path = absl::GetFlag(FLAGS_style);
  const std::string directory = absl::GetFlag(FLAGS_out_dir);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table", table_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("statistics", statistics_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("search", search_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("style", style_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("out_dir", directory));
  ROBBENCH_RETURN_IF_ERROR(CheckFigureDirectory(
      directory, {table_path, statistics_path, search_path, style_path}));
  ROBBENCH_ASSIGN_OR_RETURN(
      const AnalysedTable analysed,
      ReadTableAndStatistics(table_path, statistics_path));
  ROBBENCH_ASSIGN_OR_RETURN(const Search search,
                            ReadRecord<Search>(search_path));
  ROBBENCH_RETURN_IF_ERROR(CheckTableDigest(search_path, search.provenance(),
                                            table_path, analysed.table_sha256));
  ROBBENCH_ASSIGN_OR_RETURN(const auto style,
                            ReadTextProto<FigureStyle>(style_path));
  ROBBENCH_RETURN_IF_ERROR(CheckStyle(style_path, style.message));
  ROBBENCH_ASSIGN_OR_RETURN(
      const std::vector<Figure> figures,
      MakePaperFigures(analysed.table, analysed.statistics, search,
                       style.message));
  return WriteFigures(figures,
                      {.gnuplot = absl::GetFlag(FLAGS_gnuplot),
                       .rsvg_convert = absl::GetFlag(FLAGS_rsvg_convert),
                       .dot = absl::GetFlag(FLAGS_dot)},
                      directory);
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage,
                              robbench::DrawFigures);
}
