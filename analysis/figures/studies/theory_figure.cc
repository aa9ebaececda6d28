#include "analysis/figures/studies/theory_figure.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/studies/theory/theory_text.h"
#include "analysis/table/dataset_label.h"
#include "analysis/text/escape.h"

namespace robbench {
namespace {

using Text = std::pair<std::string, std::string>;  // the script and the data

constexpr int kWidthHeight = 460;
constexpr int kBoundHeight = 420;

std::string SeriesColour(const FigureStyle& style, int series) {
  return style.series_colours(series % style.series_colours_size());
}

Text DrawWidthStudy(const WidthStudyRecord& study, const FigureStyle& style) {
  constexpr char kName[] = "width_study";
  GnuplotData data;
  std::string script = GnuplotHead(kName, style, style.width(), kWidthHeight);
  absl::StrAppend(
      &script,
      "set logscale x 2\nset logscale y 10\nset format y '%g'\nset xlabel "
      "'width m' textcolor rgb '",
      style.text_colour(),
      "'\nset ylabel 'relative error of the kernel' textcolor rgb '",
      style.text_colour(),
      "'\nset key outside bottom center vertical maxcols 2 reverse Left "
      "samplen 2 textcolor rgb '",
      style.text_colour(), "'\nset xrange [",
      study.spec().widths(0).width() / 1.25, ":",
      study.spec().widths(study.spec().widths_size() - 1).width() * 1.25,
      "]\nplot ");
  double first = 0;
  for (int i = 0; i < study.networks_size(); ++i) {
    const WidthStudyNetwork& network = study.networks(i);
    const int dots = data.Block(network.name() + ": width, relative error");
    std::map<uint32_t, std::pair<double, int>> sums;
    for (const auto& error : network.errors()) {
      data.Row(static_cast<double>(error.width()), error.relative_error());
      sums[error.width()].first += std::log(error.relative_error());
      ++sums[error.width()].second;
    }
    const int line = data.Block(network.name() + ": width, geometric mean");
    for (const auto& [width, sum] : sums) {
      const double mean = std::exp(sum.first / sum.second);
      data.Row(static_cast<double>(width), mean);
      if (width == sums.begin()->first) first = std::max(first, mean);
    }
    const std::string colour = SeriesColour(style, i);
    absl::StrAppend(
        &script, "data index ", dots, " with points pt 7 ps 0.28 lc rgb '",
        ColourText(Paler(ColourNumber(colour), 0.45)),
        "' notitle, \\\n  data index ", line,
        " with linespoints lw 1.6 pt 7 ps 0.6 lc rgb '", colour, "' title ",
        GnuplotQuoted(
            absl::StrCat(network.name(), ": slope ", SlopeText(network))),
        ", \\\n  ");
  }
  absl::StrAppend(&script, 1.6 * first, " * sqrt(",
                  study.spec().widths(0).width(),
                  ".0 / x) with lines dt 2 lw 1.2 lc rgb '",
                  style.chance_colour(), "' title 'slope −1/2'\n");
  return {script, data.text()};
}

Text DrawBoundStudy(const BoundStudyRecord& study, const FigureStyle& style) {
  constexpr char kName[] = "bound_study";
  struct Panel {
    const char* title;
    RunValue error, bound, control;
  };
  const Panel panels[] = {
      {"clean", &BoundStudyRun::clean_error, &BoundStudyRun::clean_bound,
       &BoundStudyRun::shuffled_clean_bound},
      {"robust", &BoundStudyRun::robust_error, &BoundStudyRun::robust_bound,
       &BoundStudyRun::shuffled_robust_bound}};
  GnuplotData data;
  std::string script = GnuplotHead(kName, style, style.width(), kBoundHeight);
  // Both panels have the same axis, and an error of 0 has no place on it.
  double low = INFINITY, high = 1;
  for (const BoundStudyNetwork& network : study.networks()) {
    for (const BoundStudyRun& run : network.runs()) {
      for (const Panel& panel : panels) {
        if (panel.error(run) > 0) low = std::min(low, panel.error(run));
        high = std::max({high, panel.bound(run), panel.control(run)});
      }
    }
  }
  if (std::isinf(low)) low = 0.01;
  absl::StrAppend(&script,
                  "set multiplot layout 1,2\nset tmargin 2.5\nset logscale y\n"
                  "set format y '%g'\nset xrange [-0.06:1.06]\nset yrange [",
                  low / 1.6, ":", high * 1.6,
                  "]\nset xlabel 'b, the weight of adversarial examples' "
                  "textcolor rgb '",
                  style.text_colour(), "'\n");
  for (const Panel& panel : panels) {
    absl::StrAppend(
        &script, "set title '", panel.title, " error' textcolor rgb '",
        style.text_colour(), "' offset 0,-0.5\n",
        &panel == panels
            ? absl::StrCat("set ylabel 'share' textcolor rgb '",
                           style.text_colour(),
                           "'\nset key top right samplen 2 textcolor rgb '",
                           style.text_colour(), "'\n")
            : "unset ylabel\nunset key\n",
        "plot 1 with lines dt 3 lw 1 lc rgb '", style.chance_colour(),
        "' title 'says nothing above'");
    for (int i = 0; i < study.networks_size(); ++i) {
      const BoundStudyNetwork& network = study.networks(i);
      const std::string colour = SeriesColour(style, i);
      struct {
        const char* kind;
        const RunValue& value;
        int dashes, point;
      } const lines[] = {{"bound, labels shuffled", panel.control, 3, 4},
                         {"bound", panel.bound, 2, 6},
                         {"measured", panel.error, 1, 7}};
      for (const auto& [kind, value, dashes, point] : lines) {
        const int block =
            data.Block(absl::StrCat(network.name(), ", ", panel.title, ", ",
                                    kind, ": b, mean, smallest, largest"));
        for (const double b : study.spec().weights()) {
          const Spread spread = SpreadOf(network, b, value);
          // Zero has no place on the axis.
          if (!(spread.mean > 0)) continue;
          data.Row(b, spread.mean, std::max(spread.low, low / 2), spread.high);
        }
        absl::StrAppend(
            &script, ", \\\n  data index ", block,
            " using 1:2:3:4 with yerrorlines lw 1.5 dt ", dashes, " pt ", point,
            " ps 0.6 lc rgb '", colour, "' title ",
            GnuplotQuoted(absl::StrCat(network.name(), ": ", kind)));
      }
    }
    script += "\n";
  }
  return {script + "unset multiplot\n", data.text()};
}

}  // namespace

std::vector<Figure> MakeTheoryFigures(const WidthStudyRecord& width_study,
                                      const BoundStudyRecord& bound_study,
                                      const FigureStyle& style) {
  std::vector<Figure> figures(2);
  figures[0].name = "width_study";
  figures[0].title = "Kernels of finite width against infinite width";
  figures[0].caption = absl::StrCat(
      "‖K_m − K‖ / ‖K‖ (Frobenius) of ", width_study.spec().images(),
      " images of ", DatasetLabel(width_study.dataset()),
      " scaled to norm 1: a dot is a network at initialisation, the line is "
      "the "
      "geometric mean. Slopes by least squares over all dots with 95% "
      "intervals; the theory's is −1/2 (dashed, shifted up).");
  std::tie(figures[0].script, figures[0].data) =
      DrawWidthStudy(width_study, style);
  std::vector<std::string> sentences;
  for (const BoundStudyNetwork& network : bound_study.networks()) {
    sentences.push_back(BoundSentence(network));
  }
  figures[1].name = "bound_study";
  figures[1].title = "Bounds on the error against measured errors";
  figures[1].caption = absl::StrCat(
      "Networks of width ", bound_study.spec().width(), " trained on ",
      bound_study.spec().train_images(), " images of two classes of ",
      DatasetLabel(bound_study.dataset()),
      " by multi-objective adversarial training with weight b, and tested on ",
      bound_study.spec().test_images(),
      ". Solid: measured; dashed: the bound from K_all(b) and K̃_all(b) at "
      "initialisation; dotted: the same bounds with training labels in random "
      "order, which nothing can learn (where they are as low, the bound is low "
      "because x̃, made against its label, tells it); means over ",
      bound_study.spec().repeats(),
      " seeds with the smallest and the largest. ",
      absl::StrJoin(sentences, " "));
  std::tie(figures[1].script, figures[1].data) =
      DrawBoundStudy(bound_study, style);
  return figures;
}

}  // namespace robbench
