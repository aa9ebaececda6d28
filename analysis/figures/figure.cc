#include "analysis/figures/figure.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/figures/figure_parts.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "glog/logging.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"
#include "nas/operation.h"

namespace robbench {
namespace {

using Draw = FigureText (*)(const FigureInput&);
constexpr Draw kDraw[] = {DrawAccuracyBoxPlots, DrawRanking,
                          DrawRankCorrelation, DrawNtkAgainstAccuracy,
                          DrawOperationShares};
static_assert(std::size(kDraw) == std::size(kFigureNames));

bool IsColour(const std::string& text) {
  if (text.size() != 7 || text[0] != '#') return false;
  for (size_t i = 1; i < text.size(); ++i) {
    if (!absl::ascii_isxdigit(text[i])) return false;
  }
  return true;
}

std::string FigureTitle(absl::string_view name) {
  if (name == "accuracy_box_plots") return "Accuracy over all cells";
  if (name == "ranking") return "Rank of each cell by each metric";
  if (name == "rank_correlation") return "Rank correlation of all metrics";
  if (name == "ntk_against_accuracy") {
    return "Neural tangent kernel against robust accuracy";
  }
  CHECK_EQ(name, "operation_shares");
  return "Operations of the best cells";
}

std::string FigureCaption(absl::string_view name, const BenchmarkTable& table,
                          const Statistics& statistics) {
  const DatasetStatistics& dataset = statistics.datasets(0);
  const std::string metric =
      MetricLabel(RankingColumn(table, statistics, dataset));
  if (name == "accuracy_box_plots") {
    return absl::StrCat(
        "Mean accuracy over seeds of ", table.num_cells(),
        " cells: box from quartile to quartile, median (the number) with its "
        "95% notch, whiskers to the last value within 1.5 interquartile "
        "ranges. Dots, where there are few: a cell each. Dashed: chance. "
        "Numbers after an attack's name are epsilon x 255.");
  }
  if (name == "ranking" && table.num_cells() > kMostRankingLines) {
    return absl::StrCat(
        "The rank of ", table.num_cells(),
        " cells by each metric against "
        "their rank by ",
        metric, ", on ", DatasetLabel(dataset.dataset()),
        ": the darker, the more cells. Rank 1 is the most accurate; ρ is "
        "Spearman's coefficient.");
  }
  if (name == "ranking") {
    return absl::StrCat("A line is a cell; the ", dataset.best(), " best by ",
                        metric, " are dark. Rank 1 is the most accurate.");
  }
  if (name == "rank_correlation") {
    return absl::StrCat(
        "Spearman's coefficient below the diagonal, Kendall's tau-b above, "
        "over the cells of the table, on ",
        DatasetLabel(dataset.dataset()),
        ". NTK: scores of the kernels. A dash: undefined, as one side is "
        "constant.");
  }
  if (name == "ntk_against_accuracy") {
    return absl::StrCat(
        "A dot is a cell, named by its code where there is room; ρ is "
        "Spearman's coefficient with its 95% interval. Triangles: scores "
        "that are not above zero, as of singular kernels. Dashed: chance.");
  }
  CHECK_EQ(name, "operation_shares");
  return absl::StrCat("Share of each operation on each edge among the ",
                      dataset.best(), " best cells by ", metric,
                      " (wide) and among all cells of the table (narrow).");
}

}  // namespace

std::vector<const Column*> AccuracyColumns(const FigureInput& input,
                                           const DatasetStatistics& dataset) {
  auto columns = input.table.Columns(dataset.dataset(), Column::ACCURACY);
  for (const Column& average : dataset.averages()) {
    columns.push_back(&average);
  }
  return columns;
}

absl::Status CheckStyle(const std::string& style_path,
                        const FigureStyle& style) {
  const auto colour = [&](const char* field, const std::string& value) {
    return IsColour(value)
               ? absl::OkStatus()
               : FieldError(style_path, field, "a colour as #rrggbb", value);
  };
  ROBBENCH_RETURN_IF_ERROR(colour("text_colour", style.text_colour()));
  ROBBENCH_RETURN_IF_ERROR(colour("grid_colour", style.grid_colour()));
  ROBBENCH_RETURN_IF_ERROR(colour("chance_colour", style.chance_colour()));
  ROBBENCH_RETURN_IF_ERROR(colour("box_colour", style.box_colour()));
  ROBBENCH_RETURN_IF_ERROR(colour("accent_colour", style.accent_colour()));
  for (const std::string& value : style.operation_colours()) {
    ROBBENCH_RETURN_IF_ERROR(colour("operation_colours", value));
  }
  for (const std::string& value : style.correlation_colours()) {
    ROBBENCH_RETURN_IF_ERROR(colour("correlation_colours", value));
  }
  if (style.operation_colours_size() != kNumOperations) {
    return FieldError(style_path, "operation_colours",
                      absl::StrCat(kNumOperations, " colours"),
                      absl::StrCat(style.operation_colours_size()));
  }
  for (const std::string& value : style.series_colours()) {
    ROBBENCH_RETURN_IF_ERROR(colour("series_colours", value));
  }
  if (style.series_colours_size() < 2) {
    return FieldError(style_path, "series_colours", "2 colours or more",
                      absl::StrCat(style.series_colours_size()));
  }
  if (style.correlation_colours_size() < 2) {
    return FieldError(style_path, "correlation_colours", "2 colours or more",
                      absl::StrCat(style.correlation_colours_size()));
  }
  const auto range = [&](const char* field, double value, double low,
                         double high) {
    return value >= low && value <= high
               ? absl::OkStatus()
               : FieldError(style_path, field, absl::StrCat(low, " ... ", high),
                            absl::StrCat(value));
  };
  ROBBENCH_RETURN_IF_ERROR(range("font_size", style.font_size(), 6, 40));
  ROBBENCH_RETURN_IF_ERROR(range("width", style.width(), 300, 5000));
  ROBBENCH_RETURN_IF_ERROR(range("height", style.height(), 200, 5000));
  ROBBENCH_RETURN_IF_ERROR(range("line_width", style.line_width(), 0.1, 10));
  ROBBENCH_RETURN_IF_ERROR(range("most_labels", style.most_labels(), 0, 200));
  for (const char c : style.font()) {
    if (!absl::ascii_isalnum(c) && c != ' ' && c != '-') {
      return FieldError(style_path, "font", "the name of a font family",
                        style.font());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Figure>> MakeFigures(
    const BenchmarkTable& table, const Statistics& statistics,
    const FigureStyle& style, const std::vector<std::string>& names) {
  ROBBENCH_RETURN_IF_ERROR(CheckStatistics(table, statistics));
  for (const std::string& name : names) {
    if (std::find(std::begin(kFigureNames), std::end(kFigureNames), name) ==
        std::end(kFigureNames)) {
      return absl::InvalidArgumentError(
          absl::StrCat("figures: expected ", absl::StrJoin(kFigureNames, ", "),
                       ", found \"", absl::CHexEscape(name), "\""));
    }
  }
  std::vector<Figure> figures;
  for (size_t i = 0; i < std::size(kFigureNames); ++i) {
    Figure figure;
    figure.name = std::string(kFigureNames[i]);
    if (!names.empty() &&
        std::find(names.begin(), names.end(), figure.name) == names.end()) {
      continue;
    }
    std::tie(figure.script, figure.data) = kDraw[i]({table, statistics, style});
    if (names.empty() && figure.data == kNoData) continue;
    figure.title = FigureTitle(figure.name);
    figure.caption = FigureCaption(figure.name, table, statistics);
    figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace robbench
