// The figures of every table: each a gnuplot script and its data, drawn to SVG,
// PDF and PNG. Those of paper_figure.h come on top.
//
//   accuracy_box_plots    Fig. 2 of the paper: accuracies over all cells
//   ranking               Fig. 3b: the rank of each cell by each metric
//   rank_correlation      Spearman and Kendall between all metrics
//   ntk_against_accuracy  an NTK score against robust accuracy
//   operation_shares      Fig. 4: operations on the edges of the best cells
#ifndef ANALYSIS_FIGURES_FIGURE_H_
#define ANALYSIS_FIGURES_FIGURE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"

namespace robbench {

struct Figure {
  std::string name;     // of the list above
  std::string title;    // "Accuracy over all cells"
  std::string caption;  // what is seen and how to read it, UTF-8
  std::string script;   // reads NAME.dat and writes NAME.svg beside it
  std::string data;
  bool is_graph = false;  // a script for graphviz's dot, without data
};

// The names, in this order.
inline constexpr absl::string_view kFigureNames[] = {
    "accuracy_box_plots", "ranking", "rank_correlation", "ntk_against_accuracy",
    "operation_shares"};

// With more cells the ranking has no line a cell but a panel a metric.
inline constexpr int kMostRankingLines = 60;

// What each file of a figure ends in: of a gnuplot figure, of a graph.
inline constexpr absl::string_view kFigureSuffixes[] = {".svg", ".pdf", ".png",
                                                        ".gp", ".dat"};
inline constexpr absl::string_view kGraphSuffixes[] = {".svg", ".pdf", ".png",
                                                       ".dot"};

// Names, titles and captions of drawn figures, beside their files.
inline constexpr absl::string_view kFigureIndex = "figures.textproto";

// InvalidArgument naming `style_path` and the field: a colour that is no
// "#rrggbb", a size out of range.
absl::Status CheckStyle(const std::string& style_path,
                        const FigureStyle& style);

// The figures of these names, in the order above; where there is no name, those
// that the table has data for. A figure that is asked for by its name and has
// no data says so in words. `style` must have passed CheckStyle.
// InvalidArgument for a name that is none, FailedPrecondition when the
// statistics are not of this table.
absl::StatusOr<std::vector<Figure>> MakeFigures(
    const BenchmarkTable& table, const Statistics& statistics,
    const FigureStyle& style, const std::vector<std::string>& names = {});

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_FIGURE_H_
