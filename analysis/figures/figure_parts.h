// What figures are drawn from, and the functions that draw one figure each.
// figure.h is the interface for everybody else.
#ifndef ANALYSIS_FIGURES_FIGURE_PARTS_H_
#define ANALYSIS_FIGURES_FIGURE_PARTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// Refers to messages that the caller owns. They have passed CheckStatistics and
// CheckStyle.
struct FigureInput {
  const BenchmarkTable& table;
  const Statistics& statistics;
  const FigureStyle& style;

  // Figures of one data set show the first.
  const DatasetStatistics& dataset() const { return statistics.datasets(0); }
};

// Script and data of a figure; the script names the data file NAME.dat.
using FigureText = std::pair<std::string, std::string>;

// The figures of figure.h, by name.
FigureText DrawAccuracyBoxPlots(const FigureInput& input);
FigureText DrawRanking(const FigureInput& input);
FigureText DrawRankCorrelation(const FigureInput& input);
FigureText DrawNtkAgainstAccuracy(const FigureInput& input);
FigureText DrawOperationShares(const FigureInput& input);

// Panels of ranks by one column against ranks by another, with fields shaded by
// how many cells they hold.
struct RankPanel {
  std::string title;  // Spearman's coefficient is put behind it
  const Column& x;
  const Column& y;
  std::string x_label, y_label;  // empty: none
};
inline constexpr int kRankPanelsAcross = 3;
FigureText DrawRankPanels(absl::string_view name, const FigureInput& input,
                          const std::vector<RankPanel>& panels);

// A matrix of the columns with Spearman's coefficient below the diagonal and
// Kendall's above it.
FigureText DrawCorrelations(absl::string_view name, const FigureInput& input,
                            const std::vector<const Column*>& columns);

// Returns the accuracies and averages of a data set, which box plots and
// rankings show.
std::vector<const Column*> AccuracyColumns(const FigureInput& input,
                                           const DatasetStatistics& dataset);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_FIGURE_PARTS_H_
