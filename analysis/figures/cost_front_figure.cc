// Draws accuracy against cost, one panel for each front. The front's cells lie
// over all others, which are fields shaded by how many cells they hold.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis/figures/figure_parts.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/figures/paper_figure_parts.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/escape.h"

namespace robbench {
namespace {

constexpr char kName[] = "cost_fronts";
constexpr int kAcross = 2, kPanelHeight = 380;
constexpr int kFieldsX = 90, kFieldsY = 70;
constexpr double kLabelEvery = 0.13;  // a share of the panel's width

const Column* Find(const FigureInput& input, const ColumnKey& key) {
  for (const Column& average : input.dataset().averages()) {
    if (average.key().metric() == key.metric()) return &average;
  }
  return input.table.Find(key.dataset(), key.metric());
}

}  // namespace

FigureText DrawCostFronts(const FigureInput& input) {
  const FigureStyle& style = input.style;
  const DatasetStatistics& dataset = input.dataset();
  const int panels = dataset.fronts_size();
  const int down = (panels + kAcross - 1) / kAcross;
  const std::vector<int> shades = {
      Paler(ColourNumber(style.box_colour()), 0.3),
      ColourNumber(style.box_colour()),
      Paler(ColourNumber(style.accent_colour()), 0.75)};
  GnuplotData data;
  std::string script = GnuplotHead(kName, style, style.width(),
                                   20 + kPanelHeight * std::max(down, 1));
  absl::StrAppend(&script, "set multiplot layout ", std::max(down, 1), ",",
                  kAcross, "\nset lmargin 9\nset rmargin 2\n");
  for (const CostFront& front : dataset.fronts()) {
    const Column& accuracy = *Find(input, front.accuracy());
    const Column& cost = *Find(input, front.cost());
    double low = INFINITY, high = 0, least = INFINITY, most = 0;
    for (int i = 0; i < cost.mean_size(); ++i) {
      if (!(cost.mean(i) > 0) || !std::isfinite(accuracy.mean(i))) continue;
      low = std::min(low, std::log10(cost.mean(i) / 1e6));
      high = std::max(high, std::log10(cost.mean(i) / 1e6));
      least = std::min(least, 100 * accuracy.mean(i));
      most = std::max(most, 100 * accuracy.mean(i));
    }
    least = 10 * std::floor(least / 10);
    most = 5 * std::ceil((most + 2) / 5);
    const double range = high - low;
    low -= 0.2 * range;  // makes room for the name of the first cell
    high += 0.06 * range;
    const double width = (high - low) / kFieldsX;
    const double height = (most - least) / kFieldsY;
    std::map<std::pair<int, int>, int> counts;
    int largest = 1;
    for (int i = 0; i < cost.mean_size(); ++i) {
      if (!(cost.mean(i) > 0) || !std::isfinite(accuracy.mean(i))) continue;
      const int x = (std::log10(cost.mean(i) / 1e6) - low) / width;
      const int y = (100 * accuracy.mean(i) - least) / height;
      largest = std::max(largest, ++counts[{x, y}]);
    }
    const std::string name =
        front.accuracy().metric() + " against " + front.cost().metric();
    const int fields = data.Block(
        name + ": log10 of the cost / 10^6, accuracy (lower left), colour");
    for (const auto& [place, count] : counts) {
      data.Row(low + place.first * width, least + place.second * height,
               ColourBetween(shades, std::log1p(count) / std::log1p(largest)));
    }
    const int line =
        data.Block(name + ", the front: log10 of the cost / 10^6, accuracy");
    for (const CostFront::Cell& cell : front.cells()) {
      if (!(cell.cost() > 0)) continue;  // it has no place on the axis
      data.Row(std::log10(cell.cost() / 1e6), 100 * cell.accuracy());
    }
    const int labels = data.Block(name + ", labels: x, y, cell");
    double labelled = -1e9;
    for (const CostFront::Cell& cell : front.cells()) {
      const double x = std::log10(cell.cost() / 1e6);
      if (!(x - labelled >= kLabelEvery * (high - low))) continue;
      labelled = x;
      data.Row(x, 100 * cell.accuracy(), cell.cell().code());
    }
    // Tics stand at 1, 2 and 5 times a power of ten.
    std::string tics;
    for (int power = std::floor(low); power <= high; ++power) {
      for (const double digit : {1.0, 2.0, 5.0}) {
        const double place = power + std::log10(digit);
        if (place < low || place > high) continue;
        absl::StrAppend(&tics, tics.empty() ? "" : ", ", "\"",
                        digit * std::pow(10.0, power), "\" ", place);
      }
    }
    absl::StrAppend(
        &script, "set xrange [", low, ":", high, "]\nset yrange [", least, ":",
        most, "]\nset xtics (", tics, ")\nset xlabel ",
        GnuplotQuoted("millions of " + MetricLabel(cost)), " textcolor rgb '",
        style.text_colour(), "'\nset ylabel ",
        GnuplotQuoted(MetricLabel(accuracy) + ": accuracy (%)"),
        " textcolor rgb '", style.text_colour(), "'\nplot data index ", fields,
        " using 1:2:1:($1+", width, "):2:($2+", height,
        "):3 with boxxyerror fc rgb variable lw 0, \\\n  data index ", line,
        " using 1:2 with steps lw 1.6 lc rgb '", style.chance_colour(),
        "', \\\n  data index ", line,
        " using 1:2 with points pt 7 ps 0.5 lc rgb '", style.chance_colour(),
        "', \\\n  data index ", labels,
        " using 1:2:3 with labels right offset -0.5,0.5 font ',",
        std::max<int>(style.font_size() - 3, 8), "' textcolor rgb '",
        style.text_colour(), "'\n");
  }
  return {script + "unset multiplot\n", data.text()};
}

}  // namespace robbench
