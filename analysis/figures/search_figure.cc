// Draws the regret of each search by query, averaged over repeats, with the 95
// % interval of the average, one panel for each data set.
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis/figures/figure_parts.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/figures/paper_figure_parts.h"
#include "analysis/search/search.pb.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/escape.h"

namespace robbench {
namespace {

constexpr char kName[] = "search_trajectories";
constexpr int kPanelWidth = 400;
constexpr double kLeastRegret = 1e-3;  // in points; smaller ones are cut off

}  // namespace

FigureText DrawSearchTrajectories(const FigureInput& input,
                                  const Search& search) {
  const FigureStyle& style = input.style;
  const std::string criterion =
      search.spec().criteria(search.spec().criteria_size() - 1);
  std::vector<std::string> datasets;
  for (const SearchResult& result : search.results()) {
    if (datasets.empty() || datasets.back() != result.dataset()) {
      datasets.push_back(result.dataset());
    }
  }
  const int panels = datasets.size();
  const int width = std::max<int>(style.width(), kPanelWidth * panels);
  const int height = style.height();
  const Column& column = *input.table.Find(datasets[0], criterion);
  GnuplotData data;
  std::string script = GnuplotHead(kName, style, width, height);
  absl::StrAppend(
      &script, "set multiplot layout 1,", panels,
      "\nset tmargin 2.5\nset logscale y\nset format y '%g'\nset xrange [0:",
      search.spec().queries(), "]\nset yrange [", kLeastRegret,
      ":*]\nset xlabel 'queries' textcolor rgb '", style.text_colour(),
      "'\nset style fill transparent solid 0.25 noborder\n");
  for (int panel = 0; panel < panels; ++panel) {
    struct Line {
      std::string name;
      int block;
    };
    std::vector<Line> lines;
    for (const SearchResult& result : search.results()) {
      if (result.dataset() != datasets[panel] ||
          result.criterion() != criterion) {
        continue;
      }
      const Trajectory& trajectory = result.trajectory();
      lines.push_back(
          {result.algorithm(),
           data.Block(absl::StrCat(result.dataset(), ", ", result.algorithm(),
                                   ": queries, regret (points), low, high"))});
      for (int i = 0; i < trajectory.mean_size(); ++i) {
        const auto regret = [&](double accuracy) {
          return std::max(100 * (result.highest() - accuracy), kLeastRegret);
        };
        data.Row(i + 1, regret(trajectory.mean(i)), regret(trajectory.high(i)),
                 regret(trajectory.low(i)));
      }
    }
    // The key of all panels is below them, in three columns.
    const int key_rows = (static_cast<int>(lines.size()) + 2) / 3;
    absl::StrAppend(
        &script, "set title ", GnuplotQuoted(DatasetLabel(datasets[panel])),
        " textcolor rgb '", style.text_colour(), "' offset 0,-0.5\n",
        panel == 0
            ? absl::StrCat(
                  "set ylabel ",
                  GnuplotQuoted(absl::StrCat(
                      "regret by ", ShortMetricLabel(column), " (points)")),
                  " textcolor rgb '", style.text_colour(), "'\nset bmargin ",
                  key_rows + 4.5,
                  "\nset key at screen 0.5,0.02 center bottom vertical "
                  "maxrows ",
                  key_rows,
                  " width -4 reverse Left samplen 2.5 textcolor rgb '",
                  style.text_colour(), "'\n")
            : "unset ylabel\nunset key\n",
        "plot ");
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string colour =
          style.series_colours(i % style.series_colours_size());
      absl::StrAppend(&script, i == 0 ? "" : ", \\\n  ", "data index ",
                      lines[i].block, " using 1:3:4 with filledcurves fc rgb '",
                      colour, "' notitle, \\\n  data index ", lines[i].block,
                      " using 1:2 with lines lw 1.8 dt ", i + 1, " lc rgb '",
                      colour, "' title ", GnuplotQuoted(lines[i].name));
    }
    script += "\n";
  }
  return {script + "unset multiplot\n", data.text()};
}

}  // namespace robbench
