#include "analysis/figures/studies/predictor_figure.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/figures/coefficient_matrix.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/studies/predictor/predictor_text.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/escape.h"

namespace robbench {
namespace {

constexpr int kPanelHeight = 340;
constexpr int kTop = 40, kBottom = 130, kBetween = 95, kLeft = 75, kRight = 20;

// Returns the frame of a panel, which stands under the panels before it.
std::string PanelPlace(int p, int panels, const FigureStyle& style) {
  const int height =
      kTop + panels * kPanelHeight + (panels - 1) * kBetween + kBottom;
  const int top = kTop + p * (kPanelHeight + kBetween);
  return absl::StrCat("set lmargin at screen ", 1.0 * kLeft / style.width(),
                      "\nset rmargin at screen ",
                      1.0 - 1.0 * kRight / style.width(),
                      "\nset tmargin at screen ", 1.0 - 1.0 * top / height,
                      "\nset bmargin at screen ",
                      1.0 - 1.0 * (top + kPanelHeight) / height, "\n");
}

std::string Head(const std::string& name, int panels,
                 const FigureStyle& style) {
  return GnuplotHead(
             name, style, style.width(),
             kTop + panels * kPanelHeight + (panels - 1) * kBetween + kBottom) +
         "set multiplot\n";
}

std::string TitleOf(const ColumnKey& metric, const FigureStyle& style) {
  return absl::StrCat("set title ",
                      GnuplotQuoted(absl::StrCat(DatasetLabel(metric.dataset()),
                                                 ", ", metric.metric())),
                      " textcolor rgb '", style.text_colour(),
                      "' offset 0,-0.5\n");
}

Figure CostFigure(const PredictorStudy& study, const std::vector<int>& panels,
                  const FigureStyle& style) {
  constexpr char kName[] = "predictor_cost";
  // What costs nothing stands a decade before the cheapest.
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (const Predictor& predictor : study.predictors()) {
    if (predictor.cost().multiply_adds() <= 0) continue;
    const double cost = std::log10(predictor.cost().multiply_adds());
    least = std::min(least, cost);
    most = std::max(most, cost);
  }
  if (most == 0) least = most = 1;
  const double nothing = std::floor(least) - 1;
  const auto place = [&](const Predictor& predictor) {
    const double cost = predictor.cost().multiply_adds();
    return cost > 0 ? std::log10(cost) : nothing;
  };
  std::string tics = absl::StrCat("\"nothing\" ", nothing);
  for (int power = std::floor(least); power <= std::ceil(most); ++power) {
    absl::StrAppend(&tics, ", \"1e", power, "\" ", power);
  }
  GnuplotData data;
  std::string script =
      Head(kName, static_cast<int>(panels.size()), style) +
      absl::StrCat("set xrange [", nothing - 0.5, ":", std::ceil(most) + 0.5,
                   "]\nset xtics (", tics,
                   ")\nset bars 0.3\nset xlabel 'multiply-adds of a value' "
                   "textcolor rgb '",
                   style.text_colour(),
                   "'\nset ylabel 'Spearman' textcolor "
                   "rgb '",
                   style.text_colour(), "'\n");
  const char* const kinds[] = {"counts of the cell", "scores", "combinations",
                               "short trainings"};
  for (size_t p = 0; p < panels.size(); ++p) {
    const int m = panels[p];
    const ColumnKey& metric = study.random(m).metric();
    double low = 0;
    std::string plots = absl::StrCat("plot 0 with lines lw 0.8 lc rgb '",
                                     style.text_colour(), "' notitle");
    for (const Predictor::Kind kind :
         {Predictor::COUNT, Predictor::SCORE, Predictor::COMBINATION,
          Predictor::TRAINING}) {
      const int block = data.Block(
          absl::StrCat(metric.dataset(), ", ", kinds[kind],
                       ": log10 of multiply-adds, Spearman, low, high, name"));
      for (const Predictor& predictor : study.predictors()) {
        const PredictorEstimate& found = predictor.results(m).spearman();
        if (predictor.kind() != kind || !predictor.has_cost() ||
            !found.has_interval()) {
          continue;
        }
        low = std::min(low, found.interval().low());
        data.Row(place(predictor), found.value(), found.interval().low(),
                 found.interval().high(), PredictorLabel(predictor));
      }
      absl::StrAppend(
          &plots, ", \\\n  data index ", block,
          " using 1:2:3:4 with yerrorbars pt 7 ps 0.6 lw 1 lc rgb '",
          style.series_colours(kind % style.series_colours_size()), "' title ",
          GnuplotQuoted(kinds[kind]));
    }
    const std::vector<int> front = PredictorFront(study, m);
    const int line = data.Block(absl::StrCat(
        metric.dataset(), ", the front: log10 of multiply-adds, Spearman"));
    for (const int f : front) {
      data.Row(place(study.predictors(f)),
               study.predictors(f).results(m).spearman().value());
    }
    // Combinations have names too, as they are few. Names rise from their
    // points, to the left where the panel ends, as little lies above the front.
    // That of what costs nothing falls, as the combination of such stands above
    // it.
    std::vector<int> named = front;
    for (int i = 0; i < study.predictors_size(); ++i) {
      const Predictor& predictor = study.predictors(i);
      if (predictor.kind() == Predictor::COMBINATION && predictor.has_cost() &&
          predictor.results(m).has_spearman()) {
        named.push_back(i);
      }
    }
    const auto direction_of = [&](const Predictor& predictor) {
      if (place(predictor) > most - 0.5) return 1;
      return predictor.kind() != Predictor::COMBINATION &&
                     place(predictor) == nothing
                 ? 2
                 : 0;
    };
    constexpr const char* kDirections[] = {
        "left rotate by 35 offset 0.4,0.4",
        "right rotate by -35 offset -0.4,0.4",
        "left rotate by -35 offset 0.4,-0.4"};
    std::vector<int> labels;
    for (const int direction : {0, 1, 2}) {
      labels.push_back(
          data.Block(absl::StrCat(metric.dataset(), ", names: x, y, name")));
      for (const int f : named) {
        const Predictor& predictor = study.predictors(f);
        if (direction_of(predictor) != direction) continue;
        data.Row(place(predictor), predictor.results(m).spearman().value(),
                 PredictorLabel(predictor));
      }
    }
    absl::StrAppend(&plots, ", \\\n  data index ", line,
                    " using 1:2 with steps lw 1.4 lc rgb '",
                    style.chance_colour(), "' title 'front'");
    for (const int direction : {0, 1, 2}) {
      absl::StrAppend(&plots, ", \\\n  data index ", labels[direction],
                      " using 1:2:3 with labels ", kDirections[direction],
                      " font ',", std::max<int>(style.font_size() - 3, 8),
                      "' textcolor rgb '", style.text_colour(), "' notitle");
    }
    const PredictorNoise* noise = FindPredictorNoise(study, metric);
    if (noise != nullptr && noise->has_spearman()) {
      absl::StrAppend(&plots, ", \\\n  ", noise->spearman().value(),
                      " with lines dt 2 lw 1 lc rgb '", style.text_colour(),
                      "' title 'a perfect predictor'");
    }
    absl::StrAppend(
        &script,
        PanelPlace(static_cast<int>(p), static_cast<int>(panels.size()), style),
        TitleOf(metric, style), "set yrange [", std::max(-1.0, low - 0.05),
        ":1.3]\n",
        p + 1 == panels.size()
            ? absl::StrCat("set key horizontal center bottom at screen "
                           "0.5,0.005 samplen 1.5 textcolor rgb '",
                           style.text_colour(), "'\n")
            : "unset key\n",
        plots, "\n");
  }
  return Figure{
      kName, "Which cheap score finds a robust cell, and at which cost",
      absl::StrCat(
          "Spearman's coefficient of each predictor, in the direction that is "
          "expected of it, with published accuracy (",
          study.spec().main_metric(), ") over ", study.cells(),
          " cells, with its 95% interval (bootstrap over cells, of each "
          "predictor alone), against the multiply-adds of one value. The front "
          "has the highest coefficient at each cost. Of combinations each cell "
          "is predicted from other cells.",
          TrainedCellsText(study)),
      script + "unset multiplot\n", data.text()};
}

Figure RegretFigure(const PredictorStudy& study, const std::vector<int>& panels,
                    const FigureStyle& style) {
  constexpr char kName[] = "predictor_regret";
  GnuplotData data;
  std::string script =
      Head(kName, static_cast<int>(panels.size()), style) +
      absl::StrCat("set logscale x\nset xlabel 'k' textcolor rgb '",
                   style.text_colour(),
                   "'\nset ylabel 'regret (points of accuracy)' textcolor rgb "
                   "'",
                   style.text_colour(),
                   "'\nset key inside right top textcolor "
                   "rgb '",
                   style.text_colour(), "'\n");
  std::string tics;
  for (const uint32_t size : study.spec().sizes()) {
    absl::StrAppend(&tics, tics.empty() ? "" : ", ", size);
  }
  absl::StrAppend(&script, "set xtics (", tics, ")\n");
  for (size_t p = 0; p < panels.size(); ++p) {
    const int m = panels[p];
    const ColumnKey& metric = study.random(m).metric();
    std::string plots;
    const auto draw = [&](const std::string& label, const auto& cuts,
                          const std::string& look) {
      if (cuts.empty()) return;
      const int block = data.Block(absl::StrCat(
          metric.dataset(), ", ", label, ": k, regret in points, precision"));
      for (const PredictorCut& cut : cuts) {
        data.Row(static_cast<int>(cut.size()), 100 * cut.regret(),
                 cut.precision());
      }
      absl::StrAppend(&plots, plots.empty() ? "plot " : ", \\\n  ",
                      "data index ", block, " using 1:2 with linespoints ",
                      look, " title ", GnuplotQuoted(label));
    };
    std::vector<int> drawn = PredictorFront(study, m);
    for (int i = 0; i < study.predictors_size(); ++i) {
      if (study.predictors(i).kind() == Predictor::COMBINATION ||
          study.predictors(i).name() == "parameters") {
        drawn.push_back(i);
      }
    }
    std::sort(drawn.begin(), drawn.end());
    drawn.erase(std::unique(drawn.begin(), drawn.end()), drawn.end());
    const auto look = [&](const std::string& colour, int point) {
      return absl::StrCat("lw 1.4 pt ", point, " ps 0.7 lc rgb '", colour, "'");
    };
    for (size_t d = 0; d < drawn.size(); ++d) {
      const int colours = style.series_colours_size();
      draw(PredictorLabel(study.predictors(drawn[d])),
           study.predictors(drawn[d]).results(m).cuts(),
           look(style.series_colours(static_cast<int>(d) % colours),
                5 + 2 * (static_cast<int>(d) / colours)));
    }
    draw("random cells", study.random(m).cuts(),
         look(style.chance_colour(), 2));
    const PredictorNoise* noise = FindPredictorNoise(study, metric);
    if (noise != nullptr) {
      draw("a perfect predictor", noise->cuts(), look(style.text_colour(), 1));
      absl::StrAppend(&plots, plots.empty() ? "plot " : ", \\\n  ",
                      100 * noise->resolution(),
                      " with lines dt 2 lw 1 lc rgb '", style.text_colour(),
                      "' title 'resolved by noise'");
    }
    if (plots.empty()) continue;
    absl::StrAppend(
        &script,
        PanelPlace(static_cast<int>(p), static_cast<int>(panels.size()), style),
        TitleOf(metric, style), plots, "\n");
  }
  return Figure{
      kName, "What is lost by choosing with a cheap score",
      absl::StrCat("The highest published accuracy (",
                   study.spec().main_metric(), ") of ", study.cells(),
                   " cells less the highest among the k that a predictor has "
                   "first: predictors on the front of rank correlation against "
                   "cost, combinations, and random cells. Below the dashed "
                   "line two cells are not told apart by their accuracies."),
      script + "unset multiplot\n", data.text()};
}

// Returns the predictors of the matrix: every count, and every score once, of
// the clean images or, where it has none, of the attack that the spec has last.
// Those without a coefficient with the metric at position `m` of the results
// are left out.
std::vector<int> MatrixPredictors(const PredictorStudy& study, int m) {
  std::vector<int> chosen;
  for (int i = 0; i < study.predictors_size(); ++i) {
    const Predictor& predictor = study.predictors(i);
    if (predictor.kind() == Predictor::COMBINATION ||
        !predictor.results(m).has_spearman()) {
      continue;
    }
    if (!chosen.empty() &&
        study.predictors(chosen.back()).name() == predictor.name()) {
      if (study.predictors(chosen.back()).images() != "clean") {
        chosen.back() = i;
      }
      continue;
    }
    chosen.push_back(i);
  }
  return chosen;
}

Figure MatrixFigure(const PredictorStudy& study, const std::vector<int>& panels,
                    const FigureStyle& style) {
  constexpr char kName[] = "predictor_matrix";
  const std::vector<int> chosen = MatrixPredictors(study, panels[0]);
  std::vector<MatrixEntry> entries;
  for (const int i : chosen) {
    const bool is_first_score =
        !entries.empty() && study.predictors(i).kind() == Predictor::SCORE &&
        study.predictors(chosen[entries.size() - 1]).kind() == Predictor::COUNT;
    entries.push_back({PredictorLabel(study.predictors(i)), is_first_score});
  }
  auto [script, data] = DrawCoefficientMatrix(
      kName, style, entries, [&](int row, int column) -> std::optional<double> {
        const int second = chosen[std::max(row, column)];
        const int first = chosen[std::min(row, column)];
        const double value = study.between(second * (second - 1) / 2 + first);
        if (std::isnan(value)) return std::nullopt;
        return value;
      });
  return Figure{
      kName, "Which cheap scores say the same",
      absl::StrCat("Spearman's coefficient between predictors, each in the "
                   "direction that is expected of it, over ",
                   study.cells(),
                   " cells: counts of the cell, then scores on clean images "
                   "(on attacked ones where a score has no others)."),
      std::move(script), std::move(data)};
}

}  // namespace

std::vector<int> PredictorFront(const PredictorStudy& study, int m) {
  std::vector<int> order;
  for (int i = 0; i < study.predictors_size(); ++i) {
    const Predictor& predictor = study.predictors(i);
    if (predictor.kind() != Predictor::COMBINATION && predictor.has_cost() &&
        predictor.results(m).has_spearman()) {
      order.push_back(i);
    }
  }
  const auto cost = [&](int i) {
    return study.predictors(i).cost().multiply_adds();
  };
  const auto value = [&](int i) {
    return study.predictors(i).results(m).spearman().value();
  };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return cost(a) < cost(b) || (cost(a) == cost(b) && value(a) > value(b));
  });
  std::vector<int> front;
  for (const int i : order) {
    if (front.empty() || value(i) > value(front.back())) front.push_back(i);
  }
  return front;
}

absl::StatusOr<std::vector<Figure>> MakePredictorFigures(
    const PredictorStudy& study, const FigureStyle& style) {
  if (study.predictors().empty()) {
    return absl::FailedPreconditionError(
        "the predictor study has no predictor");
  }
  const std::vector<int> panels = MainResults(study);
  if (panels.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the predictor study has no result by its main metric ",
                     study.spec().main_metric()));
  }
  const int64_t scored =
      std::count_if(study.predictors().begin(), study.predictors().end(),
                    [](const Predictor& predictor) {
                      return predictor.kind() != Predictor::COMBINATION;
                    });
  if (study.between_size() != scored * (scored - 1) / 2) {
    return absl::FailedPreconditionError(
        absl::StrCat("the predictor study has ", study.between_size(),
                     " coefficients between its ", scored, " predictors, not ",
                     scored * (scored - 1) / 2));
  }
  return std::vector<Figure>{CostFigure(study, panels, style),
                             RegretFigure(study, panels, style),
                             MatrixFigure(study, panels, style)};
}

}  // namespace robbench
