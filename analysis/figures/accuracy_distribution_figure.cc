// Draws how many cells have which accuracy (Fig. 3a). Each metric has a row,
// whose histogram is as high as the row.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/figures/figure_parts.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/figures/paper_figure_parts.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/text/escape.h"

namespace robbench {
namespace {

constexpr char kName[] = "accuracy_distributions";
constexpr double kBin = 0.5;    // points of accuracy
constexpr double kFull = 0.92;  // the share of a row that the fullest bin takes
constexpr int kRowHeight = 62, kAround = 80;

}  // namespace

FigureText DrawAccuracyDistributions(const FigureInput& input) {
  const FigureStyle& style = input.style;
  const DatasetStatistics& dataset = input.dataset();
  const auto columns = AccuracyColumns(input, dataset);
  const int rows = columns.size();
  GnuplotData data;
  std::vector<int> outlines, medians;
  std::string tics;
  double highest = 0;
  for (int row = 0; row < rows; ++row) {
    const double base = rows - 1 - row;
    std::map<int, int> bins;
    std::vector<double> values;
    for (const double value : columns[row]->mean()) {
      if (!std::isfinite(value)) continue;
      values.push_back(100 * value);
      ++bins[static_cast<int>(std::floor(100 * value / kBin))];
      highest = std::max(highest, 100 * value);
    }
    int most = 1;
    for (const auto& [bin, count] : bins) most = std::max(most, count);
    outlines.push_back(data.Block(columns[row]->key().metric() +
                                  ": accuracy (%), height, cells"));
    data.Row(bins.empty() ? 0.0 : bins.begin()->first * kBin, base, 0);
    int expected = bins.empty() ? 0 : bins.begin()->first;
    for (const auto& [bin, count] : bins) {
      if (bin > expected) {  // the bins in between are empty
        data.Row(expected * kBin, base, 0);
        data.Row(bin * kBin, base, 0);
      }
      const double height = base + kFull * count / most;
      data.Row(bin * kBin, height, count);
      data.Row((bin + 1) * kBin, height, count);
      expected = bin + 1;
    }
    data.Row(expected * kBin, base, 0);
    std::sort(values.begin(), values.end());
    const double median =
        values.empty()
            ? NAN
            : (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
    medians.push_back(
        data.Block(columns[row]->key().metric() + ": median, from, to, text"));
    data.Row(median, base, base + kFull, absl::StrFormat("%.1f", median));
    absl::StrAppend(&tics, row == 0 ? "" : ", ",
                    GnuplotTic(ShortMetricLabel(*columns[row])), " ", base);
  }
  const double chance = 100 * dataset.chance();
  std::string script =
      GnuplotHead(kName, style, style.width(), kAround + kRowHeight * rows);
  absl::StrAppend(
      &script,
      "set lmargin 18\nset xrange [0:", 5 * std::ceil((highest + 3) / 5),
      "]\nset yrange [-0.08:", rows + 0.05,
      "]\nset grid xtics noytics\nset border 1\nset ytics (", tics,
      ") scale 0 offset 0,0.6\nset xlabel ",
      GnuplotQuoted(absl::StrCat("accuracy on ",
                                 DatasetLabel(dataset.dataset()), " (%)")),
      " textcolor rgb '", style.text_colour(), "'\nset arrow 1 from ", chance,
      ", graph 0 to ", chance, ", graph 1 nohead dt 2 lw 1.3 lc rgb '",
      style.chance_colour(), "' front\nset label 1 'chance' at ", chance,
      ", graph 0.985 left offset 0.5,0 textcolor rgb '", style.chance_colour(),
      "' front\nplot ");
  for (int row = 0; row < rows; ++row) {
    absl::StrAppend(
        &script, row == 0 ? "" : ", \\\n  ", "data index ", outlines[row],
        " using 1:2 with filledcurves y1=", rows - 1 - row, " fc rgb '",
        style.box_colour(), "', \\\n  data index ", outlines[row],
        " using 1:2 with lines lw 0.9 lc rgb '", style.accent_colour(),
        "', \\\n  data index ", medians[row],
        " using 1:2:(0):($3-$2) with vectors nohead lw 2 lc rgb '",
        style.accent_colour(), "', \\\n  data index ", medians[row],
        " using 1:3:4 with labels right offset -0.5,-0.4 font ',",
        style.font_size() - 2, "' textcolor rgb '", style.text_colour(), "'");
  }
  return {script + "\n", data.text()};
}

}  // namespace robbench
