// Draws notched boxes as in Fig. 2 of the paper, one panel for each data set.
// gnuplot has no notches, so boxes are polygons.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/figures/figure_parts.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/escape.h"

namespace robbench {
namespace {

constexpr char kName[] = "accuracy_box_plots";
constexpr double kHalfWidth = 0.27;
constexpr int kPanelWidth = 420, kLeft = 70, kRight = 14;  // in pixels

// Spreads equal x positions by a fixed, irregular sequence, so that single
// cells stay visible.
double Spread(int i) { return std::fmod((i + 1) * 0.6180339887, 1.0) - 0.5; }

const Distribution* Find(const Statistics& statistics, const ColumnKey& key) {
  for (const Distribution& distribution : statistics.distributions()) {
    if (distribution.column().dataset() == key.dataset() &&
        distribution.column().metric() == key.metric()) {
      return &distribution;
    }
  }
  return nullptr;
}

void AddBox(const Distribution& box, double x, GnuplotData& data) {
  const double low = 100 * box.first_quartile();
  const double high = 100 * box.third_quartile();
  const double middle = 100 * box.median();
  // If there are few cells, a notch can be wider than the box. It is drawn up
  // to the box.
  const double notch_low = std::max(100 * box.lower_notch(), low);
  const double notch_high = std::min(100 * box.upper_notch(), high);
  const double outer = kHalfWidth, inner = kHalfWidth * 0.55;
  data.Row(x - outer, low);
  data.Row(x - outer, notch_low);
  data.Row(x - inner, middle);
  data.Row(x - outer, notch_high);
  data.Row(x - outer, high);
  data.Row(x + outer, high);
  data.Row(x + outer, notch_high);
  data.Row(x + inner, middle);
  data.Row(x + outer, notch_low);
  data.Row(x + outer, low);
  data.Row(x - outer, low);
  data.Gap();
}

void AddWhiskers(const Distribution& box, double x, GnuplotData& data) {
  const double cap = kHalfWidth * 0.5;
  const auto line = [&](double x0, double y0, double x1, double y1) {
    data.Row(x0, 100 * y0);
    data.Row(x1, 100 * y1);
    data.Gap();
  };
  line(x, box.first_quartile(), x, box.lower_whisker());
  line(x, box.third_quartile(), x, box.upper_whisker());
  line(x - cap, box.lower_whisker(), x + cap, box.lower_whisker());
  line(x - cap, box.upper_whisker(), x + cap, box.upper_whisker());
}

}  // namespace

FigureText DrawAccuracyBoxPlots(const FigureInput& input) {
  const FigureStyle& style = input.style;
  const int panels = input.statistics.datasets_size();
  // Panels stand at given places, as labels must not make them differ in width.
  const int width = std::max<int>(style.width(), kPanelWidth * panels);
  std::string script = GnuplotHead(kName, style, width, style.height());
  absl::StrAppend(
      &script, "set multiplot layout 1,", panels, "\n",
      "set format y '%g'\nset ylabel 'accuracy (%)' textcolor rgb '",
      style.text_colour(), "'\n");
  GnuplotData data;
  int panel = 0;
  for (const DatasetStatistics& dataset : input.statistics.datasets()) {
    if (panels > 1) {
      absl::StrAppend(&script, "set lmargin at screen ",
                      (panel + 1.0 * kLeft * panels / width) / panels,
                      "\nset rmargin at screen ",
                      (panel + 1 - 1.0 * kRight * panels / width) / panels,
                      "\nset bmargin 6\n", panel > 0 ? "unset ylabel\n" : "");
      ++panel;
    }
    const auto columns = AccuracyColumns(input, dataset);
    const int box = data.Block(dataset.dataset() + " boxes: x, accuracy");
    for (size_t i = 0; i < columns.size(); ++i) {
      if (const auto* found = Find(input.statistics, columns[i]->key())) {
        AddBox(*found, i + 1, data);
      }
    }
    const int whisker =
        data.Block(dataset.dataset() + " whiskers: x, accuracy");
    for (size_t i = 0; i < columns.size(); ++i) {
      if (const auto* found = Find(input.statistics, columns[i]->key())) {
        AddWhiskers(*found, i + 1, data);
      }
    }
    const int median = data.Block(
        dataset.dataset() + " medians: x from, x to, accuracy, text, top");
    double highest = 0;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (const auto* found = Find(input.statistics, columns[i]->key())) {
        const double middle = 100 * found->median(), x = i + 1;
        data.Row(x - kHalfWidth * 0.55, x + kHalfWidth * 0.55, middle,
                 absl::StrFormat("%.1f", middle), 100 * found->upper_whisker());
        highest = std::max(highest, 100 * found->maximum());
      }
    }
    const bool few = input.table.num_cells() <= style.most_labels();
    const int dots = data.Block(dataset.dataset() + " cells: x, accuracy");
    for (size_t i = 0; few && i < columns.size(); ++i) {
      for (int cell = 0; cell < columns[i]->mean_size(); ++cell) {
        if (!std::isfinite(columns[i]->mean(cell))) continue;
        data.Row(i + 1 + Spread(cell) * kHalfWidth * 1.1,
                 100 * columns[i]->mean(cell));
      }
    }
    std::string tics;
    for (size_t i = 0; i < columns.size(); ++i) {
      absl::StrAppend(&tics, i == 0 ? "" : ", ",
                      GnuplotTic(ShortMetricLabel(*columns[i])), " ", i + 1);
    }
    const double chance = 100 * dataset.chance();
    absl::StrAppend(
        &script, "set title ", GnuplotQuoted(DatasetLabel(dataset.dataset())),
        " textcolor rgb '", style.text_colour(), "'\n",
        "set xrange [0.4:", columns.size() + 0.6, "]\nset yrange [0:",
        10 * std::ceil(std::max(highest + 2, 2 * chance) / 10), "]\n",
        "set xtics (", tics, ")",
        columns.size() > 4 && panels > 1 ? " rotate by 40 right" : "", "\n",
        "set label 1 'chance' at graph 0.995, first ", chance,
        " right offset 0,0.6 textcolor rgb '", style.chance_colour(), "'\n");
    absl::StrAppend(
        &script, "plot data index ", box, " with filledcurves closed fc rgb '",
        style.box_colour(), "', \\\n", "  data index ", box,
        " with lines lc rgb '", style.accent_colour(), "' lw 1, \\\n",
        "  data index ", whisker, " with lines lc rgb '", style.accent_colour(),
        "' lw 1, \\\n", "  data index ", dots,
        " with points pt 7 ps 0.35 lc rgb '#80", style.text_colour().substr(1),
        "', \\\n", "  data index ", median,
        " using 1:3:($2-$1):(0) with vectors nohead lc rgb '",
        style.accent_colour(), "' lw 2.2, \\\n", "  data index ", median,
        " using ",
        panels > 1 ? "(($1+$2)/2):5:4 with labels center offset 0,0.6 font ',"
                   : "($2+0.13):3:4 with labels left offset 0.2,0 font ',",
        std::max<int>(style.font_size() - 3, 8), "' textcolor rgb '",
        style.accent_colour(), "', \\\n", "  ", chance,
        " with lines dt 2 lw 1.3 lc rgb '", style.chance_colour(), "'\n");
  }
  absl::StrAppend(&script, "unset multiplot\n");
  return {script, data.text()};
}

}  // namespace robbench
