// Makes the figures that every table has. A figure is a gnuplot script and its
// data, from which render_figures.h draws SVG, PDF and PNG. paper_figure.h has
// the figures that need a whole table, studies those of the studies. Each is
// drawn in a file of its own, as ranking_figure.cc.
//
//   accuracy_box_plots    Fig. 2 of the paper: accuracies over all cells;
//                         drawn in accuracy_box_plots.cc
//   ranking               Fig. 3b: the rank of each cell by each metric;
//                         ranking_figure.cc
//   rank_correlation      Spearman and Kendall between all metrics;
//                         rank_correlation_figure.cc
//   ntk_against_accuracy  an NTK score against robust accuracy; ntk_figure.cc
//   operation_shares      Fig. 4: operations on the edges of the best cells;
//                         operation_shares_figure.cc
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

// A figure before it is drawn.
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

// Up to so many cells, the ranking has a line for each cell; with more, it has
// a panel for each metric.
inline constexpr int kMostRankingLines = 60;

// The ends of the names of a figure's files, for gnuplot figures and for
// graphs.
inline constexpr absl::string_view kFigureSuffixes[] = {".svg", ".pdf", ".png",
                                                        ".gp", ".dat"};
inline constexpr absl::string_view kGraphSuffixes[] = {".svg", ".pdf", ".png",
                                                       ".dot"};

// Names, titles and captions of drawn figures, beside their files.
inline constexpr absl::string_view kFigureIndex = "figures.textproto";

// Returns InvalidArgument, naming `style_path` and the field, for a colour that
// is not of the form "#rrggbb" and for a size out of range.
absl::Status CheckStyle(const std::string& style_path,
                        const FigureStyle& style);

// Returns the figures of these names, in the order above. Without names it
// returns those that the table has data for. A figure that is asked for by its
// name and has no data says so in words. `style` must have passed CheckStyle.
// InvalidArgument for an unknown name, FailedPrecondition when the statistics
// are not of this table.
absl::StatusOr<std::vector<Figure>> MakeFigures(
    const BenchmarkTable& table, const Statistics& statistics,
    const FigureStyle& style, const std::vector<std::string>& names = {});

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_FIGURE_H_
