// Draws the rank of each cell by each metric (Fig. 3b). For a few cells, lines
// lead from rank to rank; for many, each metric has a panel.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_parts.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/escape.h"

namespace robbench {
namespace {

constexpr char kName[] = "ranking";
constexpr int kPixelsPerRank = 21;
constexpr int kOtherCells = 0x9098a3;
constexpr int kPanelHeight = 270;
constexpr int kFields = 110;  // the number on each axis of a panel

// Returns the rank of each cell from 1. The highest value is first, equal
// values are by position, and missing values come last.
std::vector<int> Ranks(const Column& column) {
  std::vector<int> order(column.mean_size()), ranks(column.mean_size());
  std::iota(order.begin(), order.end(), 0);
  const auto value = [&](int cell) {
    return std::isnan(column.mean(cell)) ? -INFINITY : column.mean(cell);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return value(a) > value(b); });
  for (size_t i = 0; i < order.size(); ++i) ranks[order[i]] = i + 1;
  return ranks;
}

FigureText DrawLines(const FigureInput& input,
                     const std::vector<const Column*>& columns) {
  const FigureStyle& style = input.style;
  const DatasetStatistics& dataset = input.dataset();
  const int cells = input.table.num_cells();
  const int accent = ColourNumber(style.accent_colour());
  std::vector<std::vector<int>> ranks;
  for (const Column* column : columns) ranks.push_back(Ranks(*column));

  GnuplotData data;
  std::vector<bool> best(cells, false);
  for (const RankedCell& ranked : dataset.ranking()) {
    best[*input.table.PositionOf(ranked.cell())] =
        ranked.rank() <= dataset.best();
  }
  // There are two blocks, so that the best cells lie above the others.
  for (const bool wanted : {false, true}) {
    data.Block(wanted ? "best cells: metric, rank"
                      : "other cells: metric, rank");
    for (int cell = 0; cell < cells; ++cell) {
      if (best[cell] != wanted) continue;
      for (size_t i = 0; i < columns.size(); ++i) {
        data.Row(static_cast<int>(i + 1), ranks[i][cell]);
      }
      data.Gap();
    }
  }
  data.Block("labels: x, rank, code, colour, left (1) or right (2)");
  for (int cell = 0; cell < cells; ++cell) {
    const std::string code = input.table.cell(cell).code();
    const int colour = best[cell] ? accent : ColourNumber(style.text_colour());
    data.Row(1, ranks.front()[cell], code, colour, 1);
    data.Row(static_cast<int>(columns.size()), ranks.back()[cell], code, colour,
             2);
  }

  std::string tics;
  for (size_t i = 0; i < columns.size(); ++i) {
    absl::StrAppend(&tics, i == 0 ? "" : ", ",
                    GnuplotTic(ShortMetricLabel(*columns[i])), " ", i + 1);
  }
  const int height = std::max<int>(160, 90 + kPixelsPerRank * cells);
  std::string script = GnuplotHead(kName, style, style.width(), height);
  const std::string small =
      absl::StrCat(" font ',", std::max<int>(style.font_size() - 2, 8), "'");
  absl::StrAppend(
      &script, "unset border\nset lmargin 8\nset rmargin 2\nset bmargin 0.6\n",
      "set grid xtics noytics lc rgb '", style.grid_colour(), "' lw 0.8 dt 1\n",
      "set xrange [0.35:", columns.size() + 0.65, "]\nset yrange [",
      cells + 0.7, ":0.3]\n", "set x2tics (", tics, ") scale 0\nset xtics (",
      tics, ") format '' scale 0\nset for [i=1:", columns.size(),
      "] xtics add ('' i)\nset ytics 1,1,", cells, " scale 0", small, "\n",
      "set ylabel 'rank' offset 1,0 textcolor rgb '", style.text_colour(),
      "'\n", "set link x2\n",
      "plot data index 0 with linespoints pt 7 ps 0.55 lw 1.1 lc rgb '",
      ColourText(kOtherCells), "', \\\n",
      "  data index 1 with linespoints pt 7 ps 0.75 lw 2.2 lc rgb '",
      style.accent_colour(), "', \\\n",
      "  data index 2 using ($5==1?$1-0.06:NaN):2:3:4 with labels right", small,
      " textcolor rgb variable, \\\n",
      "  data index 2 using ($5==2?$1+0.06:NaN):2:3:4 with labels left", small,
      " textcolor rgb variable\n");
  return {script, data.text()};
}

// Draws many cells, with a panel for each metric.
FigureText DrawPanels(const FigureInput& input,
                      const std::vector<const Column*>& columns) {
  const Column& metric =
      RankingColumn(input.table, input.statistics, input.dataset());
  std::vector<RankPanel> panels;
  for (const Column* column : columns) {
    if (column->key().metric() == metric.key().metric()) continue;
    panels.push_back(
        {ShortMetricLabel(*column), metric, *column,
         "rank by " + ShortMetricLabel(metric),
         panels.size() % kRankPanelsAcross == 0 ? "rank by the metric" : ""});
  }
  for (size_t i = 0; i + kRankPanelsAcross < panels.size(); ++i) {
    panels[i].x_label.clear();
  }
  return DrawRankPanels(kName, input, panels);
}

}  // namespace

FigureText DrawRankPanels(absl::string_view name, const FigureInput& input,
                          const std::vector<RankPanel>& panels) {
  const FigureStyle& style = input.style;
  const int cells = input.table.num_cells();
  // The shade goes from pale to dark by the logarithm of the count.
  const std::vector<int> shades = {Paler(ColourNumber(style.box_colour()), 0.3),
                                   ColourNumber(style.box_colour()),
                                   ColourNumber(style.accent_colour()),
                                   ColourNumber(style.text_colour())};
  const int count = panels.size();
  const int down = (count + kRankPanelsAcross - 1) / kRankPanelsAcross;
  GnuplotData data;
  std::string script =
      GnuplotHead(name, style, style.width(), 40 + kPanelHeight * down);
  absl::StrAppend(&script, "set multiplot layout ", down, ",",
                  kRankPanelsAcross, "\nset xrange [0:", cells,
                  "]\nset yrange [", cells, ":0]\nset xtics 2000 font ',",
                  style.font_size() - 3, "'\nset ytics 2000 font ',",
                  style.font_size() - 3, "'\n");
  const double field = 1.0 * cells / kFields;
  for (const RankPanel& panel : panels) {
    const std::vector<int> x = Ranks(panel.x), y = Ranks(panel.y);
    std::map<std::pair<int, int>, int> counts;
    int most = 1;
    for (int cell = 0; cell < cells; ++cell) {
      most = std::max(most, ++counts[{(x[cell] - 1) * kFields / cells,
                                      (y[cell] - 1) * kFields / cells}]);
    }
    const int block = data.Block(absl::StrCat(
        panel.y.key().dataset(), " ", panel.y.key().metric(), ": rank by ",
        panel.x.key().dataset(), " ", panel.x.key().metric(),
        ", rank by it (upper left), colour"));
    for (const auto& [place, cells_there] : counts) {
      data.Row(
          place.first * field, place.second * field,
          ColourBetween(shades, std::log1p(cells_there) / std::log1p(most)));
    }
    const Correlation* found =
        FindCorrelation(input.statistics, panel.y.key(), panel.x.key());
    std::string title = panel.title;
    if (found != nullptr && found->has_spearman()) {
      absl::StrAppend(&title, title.empty() ? "" : ", ",
                      absl::StrFormat("ρ = %.3f", found->spearman()));
    }
    const auto label = [&](const char* axis, const std::string& text) {
      return text.empty()
                 ? absl::StrCat("unset ", axis, "\n")
                 : absl::StrCat("set ", axis, " ", GnuplotQuoted(text),
                                " textcolor rgb '", style.text_colour(), "'\n");
    };
    absl::StrAppend(&script, "set title ", GnuplotQuoted(title),
                    " textcolor rgb '", style.text_colour(),
                    "' offset 0,-0.5\n", label("ylabel", panel.y_label),
                    label("xlabel", panel.x_label), "plot data index ", block,
                    " using 1:2:1:($1+", field, "):2:($2+", field,
                    "):3 with boxxyerror fc rgb variable lw 0\n");
  }
  return {script + "unset multiplot\n", data.text()};
}

FigureText DrawRanking(const FigureInput& input) {
  const auto columns = AccuracyColumns(input, input.dataset());
  return input.table.num_cells() <= kMostRankingLines
             ? DrawLines(input, columns)
             : DrawPanels(input, columns);
}

}  // namespace robbench
