// Draws which operations the best cells have on each edge (Fig. 4), beside
// those of all cells of the table, one panel for each data set.
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/figures/figure_parts.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/dataset_label.h"
#include "analysis/text/escape.h"
#include "nas/operation.h"

namespace robbench {
namespace {

constexpr char kName[] = "operation_shares";
constexpr double kWide = 0.5, kNarrow = 0.2;
// In pixels, if there is more than one data set: the height of a panel, the
// space around all and below each, and the space above the first.
constexpr int kPanelHeight = 305, kAround = 85, kTop = 58;
constexpr double kBetween = 66;
constexpr double kLabelFrom = 9;  // in per cent; smaller parts have no room

struct Bar {
  std::string label;
  std::vector<int> best, all;
};

// Adds one stacked bar from `x` to `x + width`.
void Stack(const std::vector<int>& counts, double x, double width,
           const std::vector<int>& colours, GnuplotData& data) {
  int total = 0;
  for (const int count : counts) total += count;
  double below = 0;
  for (size_t i = 0; i < counts.size() && total > 0; ++i) {
    const double share = 100.0 * counts[i] / total;
    if (counts[i] > 0) {
      data.Row(x, x + width, below, below + share, colours[i]);
    }
    below += share;
  }
}

// Returns where a bar stands; the bar of all edges stands apart.
double Place(size_t i, size_t bars) { return i + (i + 1 == bars ? 0.45 : 0.0); }

std::vector<Bar> Bars(const DatasetStatistics& dataset) {
  std::vector<Bar> bars;
  Bar sum{"all edges", std::vector<int>(kNumOperations),
          std::vector<int>(kNumOperations)};
  for (const EdgeOperations& edge : dataset.edges()) {
    Bar& bar = bars.emplace_back();
    bar.label = absl::StrCat(edge.source(), " → ", edge.target());
    for (int i = 0; i < edge.operations_size(); ++i) {
      bar.best.push_back(edge.operations(i).best());
      bar.all.push_back(edge.operations(i).all());
      sum.best[i] += edge.operations(i).best();
      sum.all[i] += edge.operations(i).all();
    }
  }
  bars.push_back(sum);
  return bars;
}

}  // namespace

FigureText DrawOperationShares(const FigureInput& input) {
  const FigureStyle& style = input.style;
  std::vector<int> colours, pale;
  for (const std::string& colour : style.operation_colours()) {
    colours.push_back(ColourNumber(colour));
    pale.push_back(Paler(colours.back(), 0.55));
  }
  const int panels = input.statistics.datasets_size();
  const int height =
      panels == 1 ? style.height() : kAround + panels * kPanelHeight;
  GnuplotData data;
  std::string script = GnuplotHead(kName, style, style.width(), height);
  if (panels > 1) {
    absl::StrAppend(&script, "set multiplot\nset lmargin 8\nset rmargin 2\n");
  }
  for (int panel = 0; panel < panels; ++panel) {
    const DatasetStatistics& dataset = input.statistics.datasets(panel);
    const std::vector<Bar> bars = Bars(dataset);
    const auto place = [&](size_t i) { return Place(i, bars.size()); };
    const int best_block = data.Block(
        dataset.dataset() + " best cells: left, right, from %, to %, colour");
    for (size_t i = 0; i < bars.size(); ++i) {
      Stack(bars[i].best, place(i), kWide, colours, data);
    }
    data.Block(dataset.dataset() +
               " all cells: left, right, from %, to %, colour");
    for (size_t i = 0; i < bars.size(); ++i) {
      Stack(bars[i].all, place(i) + kWide + 0.04, kNarrow, pale, data);
    }
    data.Block(dataset.dataset() + " labels: x, y, text, colour");
    for (size_t b = 0; b < bars.size(); ++b) {
      int total = 0;
      for (const int count : bars[b].best) total += count;
      double below = 0;
      for (size_t i = 0; i < bars[b].best.size() && total > 0; ++i) {
        const double share = 100.0 * bars[b].best[i] / total;
        if (share >= kLabelFrom) {
          data.Row(place(b) + kWide / 2, below + share / 2,
                   absl::StrFormat("%.0f", share), TextColourOn(colours[i]));
        }
        below += share;
      }
    }
    std::string tics;
    for (size_t i = 0; i < bars.size(); ++i) {
      absl::StrAppend(&tics, i == 0 ? "" : ", ", GnuplotTic(bars[i].label), " ",
                      place(i) + (kWide + 0.04 + kNarrow) / 2);
    }
    if (panels > 1) {
      const double top = 1.0 * (kTop + panel * kPanelHeight) / height;
      absl::StrAppend(
          &script, "set tmargin at screen ", 1 - top,
          "\nset bmargin at screen ",
          1 - top - (kPanelHeight - kBetween) / height, "\nset title ",
          GnuplotQuoted(DatasetLabel(dataset.dataset())), " textcolor rgb '",
          style.text_colour(), "' offset 0,-0.6\n");
    }
    const bool last = panel + 1 == panels;
    absl::StrAppend(
        &script, "set xrange [-0.15:", place(bars.size() - 1) + 0.9,
        "]\nset yrange [0:100]\nset xtics (", tics, ") scale 0\n",
        "set ylabel 'share of cells (%)' textcolor rgb '", style.text_colour(),
        "'\n",
        last ? absl::StrCat("set xlabel 'edge (wide: the ", dataset.best(),
                            " best cells, narrow: all ", dataset.ranking_size(),
                            ")' textcolor rgb '", style.text_colour(), "'\n")
             : "",
        panel == 0 ? absl::StrCat(
                         "set key ",
                         panels > 1 ? absl::StrCat("at screen 0.5,",
                                                   1 - 14.0 / height, " center")
                                    : "outside top center",
                         " horizontal reverse Left samplen 1.2 width -1 "
                         "textcolor rgb '",
                         style.text_colour(), "'\n")
                   : "unset key\n",
        "plot data index ", best_block,
        " using 1:3:1:2:3:4:5 with boxxyerror fc rgb variable "
        "lw 0 notitle, \\\n",
        "  data index ", best_block + 1,
        " using 1:3:1:2:3:4:5 with boxxyerror fc rgb variable lw 0 "
        "notitle, \\\n",
        "  data index ", best_block + 2, " using 1:2:3:4 with labels font ',",
        std::max<int>(style.font_size() - 2, 8),
        "' textcolor rgb variable notitle");
    for (int i = 0; i < kNumOperations && panel == 0; ++i) {
      absl::StrAppend(&script, ", \\\n  NaN with boxes fc rgb '",
                      style.operation_colours(i), "' title ",
                      GnuplotQuoted(kOperationNames[i]));
    }
    script += "\n";
  }
  if (panels > 1) script += "unset multiplot\n";
  return {script, data.text()};
}

}  // namespace robbench
