// Draws an NTK score against the ranking metric (as behind Fig. 5), one panel
// for each kernel. Twice kernels and mixtures are left out. The score's axis is
// logarithmic, and scores at or below zero, as those of singular kernels, are
// drawn at its left end.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "analysis/figures/figure_parts.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/figures/label_placement.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/escape.h"

namespace robbench {
namespace {

constexpr char kName[] = "ntk_against_accuracy";
constexpr int kPanelHeight = 340;
constexpr int kTop = 50, kBottom = 62, kLeft = 62, kBetween = 26, kRight = 12;

struct Point {
  int cell;
  double x, y;  // log10 of the score, and per cent
  bool singular;
};

// Holds the points of one kernel's panel and the span of its axis.
struct Panel {
  const Column* score;
  std::vector<Point> points;
  double low = 0, high = 1;
};

Panel MakePanel(const Column& score, const Column& metric) {
  Panel panel{&score, {}, 0, 1};
  double low = INFINITY, high = -INFINITY;
  for (const double value : score.mean()) {
    if (!(value > 0) || std::isinf(value)) continue;
    low = std::min(low, std::log10(value));
    high = std::max(high, std::log10(value));
  }
  if (low > high) low = 0, high = 1;  // there is no positive score
  const double margin = std::max(0.12, 0.1 * (high - low));
  panel.low = low - margin;
  panel.high = high + margin;
  bool singular = false;
  for (int cell = 0; cell < score.mean_size(); ++cell) {
    const double value = score.mean(cell);
    if (std::isnan(value) || std::isnan(metric.mean(cell))) continue;
    const bool off = !(value > 0) || std::isinf(value);
    singular |= off;
    panel.points.push_back({cell, off ? -INFINITY : std::log10(value),
                            100 * metric.mean(cell), off});
  }
  if (singular) panel.low -= margin;
  for (Point& point : panel.points) {
    if (point.singular) point.x = panel.low + margin / 2;
  }
  return panel;
}

// Returns tics like "10⁻³" at whole powers of ten, at most six.
std::string PowersOfTen(double low, double high) {
  constexpr const char* kDigits[] = {"⁰", "¹", "²", "³", "⁴",
                                     "⁵", "⁶", "⁷", "⁸", "⁹"};
  const int step = std::max(1, static_cast<int>(std::ceil((high - low) / 5)));
  std::string tics;
  for (int power = std::ceil(low / step) * step; power <= high; power += step) {
    std::string text = power < 0 ? "10⁻" : "10";
    for (const char digit : absl::StrCat(std::abs(power))) {
      text += kDigits[digit - '0'];
    }
    absl::StrAppend(&tics, tics.empty() ? "" : ", ", GnuplotTic(text), " ",
                    power);
  }
  return tics;
}

std::string CorrelationText(const Statistics& statistics, const Column& a,
                            const Column& b) {
  const Correlation* found = FindCorrelation(statistics, a.key(), b.key());
  if (found == nullptr || !found->has_spearman()) return "ρ undefined";
  std::string text = absl::StrFormat("ρ = %.2f", found->spearman());
  if (found->has_spearman_low()) {
    absl::StrAppendFormat(&text, "  [%.2f, %.2f]", found->spearman_low(),
                          found->spearman_high());
  }
  return absl::StrReplaceAll(text, {{"-", "−"}});
}

}  // namespace

FigureText DrawNtkAgainstAccuracy(const FigureInput& input) {
  const FigureStyle& style = input.style;
  const DatasetStatistics& dataset = input.dataset();
  const Column& metric = RankingColumn(input.table, input.statistics, dataset);
  std::vector<Panel> panels;
  for (const Column* column :
       input.table.Columns(dataset.dataset(), Column::NTK_SCORE)) {
    if (IsPlainKernel(*column) && column->score() == style.scatter_score()) {
      panels.push_back(MakePanel(*column, metric));
    }
  }
  if (panels.empty()) {
    return {GnuplotSentence(kName, style,
                            absl::StrCat("The table holds no NTK score ",
                                         style.scatter_score(), ".")),
            std::string(kNoData)};
  }
  const int n = panels.size();
  const int width = std::max<int>(style.width(), 260 * n);
  const int height = kTop + kPanelHeight + kBottom;
  const double panel_width =
      (width - kLeft - kRight - (n - 1) * kBetween) / static_cast<double>(n);
  double highest = 0;
  for (const double value : metric.mean()) {
    if (std::isfinite(value)) highest = std::max(highest, 100 * value);
  }
  const double top = 10 * std::ceil((highest + 3) / 10);
  const int label_size = std::max<int>(style.font_size() - 4, 8);
  const bool labelled = input.table.num_cells() <= style.most_labels();

  GnuplotData data;
  std::string script = GnuplotHead(kName, style, width, height);
  absl::StrAppend(&script, "set multiplot\nset bmargin at screen ",
                  1.0 * kBottom / height, "\nset tmargin at screen ",
                  1.0 - 1.0 * kTop / height, "\nset yrange [0:", top, "]\n");
  for (int p = 0; p < n; ++p) {
    const Panel& panel = panels[p];
    const std::string kernel = panel.score->kernel();
    const int shown =
        data.Block(kernel + ": log10 of the score, accuracy, cell");
    for (const Point& point : panel.points) {
      if (point.singular) continue;
      data.Row(point.x, point.y, input.table.cell(point.cell).code());
    }
    const int singular =
        data.Block(kernel + ": scores at or below zero: x, accuracy, cell");
    for (const Point& point : panel.points) {
      if (!point.singular) continue;
      data.Row(point.x, point.y, input.table.cell(point.cell).code());
    }
    const int labels = data.Block(kernel + ": labels: x, y, cell");
    std::vector<std::array<double, 4>> leaders;
    if (labelled) {
      const double per_x = panel_width / (panel.high - panel.low);
      const double per_y = kPanelHeight / top;
      std::vector<PixelPoint> points;
      for (const Point& point : panel.points) {
        points.push_back({(point.x - panel.low) * per_x, point.y * per_y});
      }
      const auto places = PlaceLabels(
          points, 0.66 * label_size * 6, label_size * 1.15, panel_width,
          kPanelHeight, 100 * dataset.chance() * per_y);
      for (size_t i = 0; i < places.size(); ++i) {
        if (!places[i]) continue;
        // A line leads to a name that stands further off.
        const double away = places[i]->y - points[i].y;
        if (std::abs(away) > 1.5 * label_size + 6) {
          const double edge =
              places[i]->y - std::copysign(0.6 * label_size, away);
          leaders.push_back({points[i].x / per_x + panel.low,
                             points[i].y / per_y,
                             places[i]->x / per_x + panel.low, edge / per_y});
        }
        data.Row(panel.low + places[i]->x / per_x, places[i]->y / per_y,
                 input.table.cell(panel.points[i].cell).code());
      }
    }
    const int leader = data.Block(kernel + ": lines to labels: x, y");
    for (const auto& [x0, y0, x1, y1] : leaders) {
      data.Row(x0, y0);
      data.Row(x1, y1);
      data.Gap();
    }
    const double left = kLeft + p * (panel_width + kBetween);
    absl::StrAppend(
        &script, "set lmargin at screen ", left / width,
        "\nset rmargin at screen ", (left + panel_width) / width,
        "\nset xrange [", panel.low, ":", panel.high, "]\n", "set title ",
        GnuplotQuoted(absl::StrCat(
            KernelLabel(*panel.score), "\n",
            CorrelationText(input.statistics, *panel.score, metric))),
        " offset 0,-0.6 textcolor rgb '", style.text_colour(), "'\n",
        "set xlabel ", GnuplotQuoted(ScoreLabel(panel.score->score())),
        " textcolor rgb '", style.text_colour(), "'\nunset xtics\n",
        "set xtics (", PowersOfTen(panel.low, panel.high),
        ") scale 0.5 nomirror\n",
        p == 0 ? absl::StrCat(
                     "set ylabel ",
                     GnuplotQuoted(MetricLabel(metric) + ": accuracy (%)"),
                     " textcolor rgb '", style.text_colour(), "'\n")
               : "unset ylabel\nset format y ''\n");
    const double chance = 100 * dataset.chance();
    absl::StrAppend(
        &script, "plot ", chance, " with lines dt 2 lw 1.3 lc rgb '",
        style.chance_colour(), "', \\\n", "  data index ", leader,
        " with lines lw 0.5 lc rgb '", style.text_colour(), "', \\\n",
        "  data index ", shown, " using 1:2 with points pt 7 ps ",
        labelled ? "0.7" : "0.25", " lc rgb '", style.accent_colour(),
        "', \\\n", "  data index ", singular,
        " using 1:2 with points pt 8 ps 0.9 lc rgb '", style.text_colour(),
        "', \\\n", "  data index ", labels, " using 1:2:3 with labels font ',",
        label_size, "' textcolor rgb '", style.text_colour(), "'\n");
  }
  absl::StrAppend(&script, "unset multiplot\n");
  return {script, data.text()};
}

}  // namespace robbench
