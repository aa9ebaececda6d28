// Draws Spearman's coefficient below the diagonal and Kendall's tau-b above it.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analysis/figures/coefficient_matrix.h"
#include "analysis/figures/figure_parts.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"

namespace robbench {

FigureText DrawCorrelations(absl::string_view name, const FigureInput& input,
                            const std::vector<const Column*>& columns) {
  const bool one_dataset =
      std::all_of(columns.begin(), columns.end(), [&](const Column* column) {
        return column->key().dataset() == columns[0]->key().dataset();
      });
  std::vector<MatrixEntry> entries;
  std::string last;
  for (const Column* column : columns) {
    const std::string& dataset = column->key().dataset();
    entries.push_back(
        {absl::StrCat(one_dataset ? "" : DatasetLabel(dataset) + " ",
                      ShortMetricLabel(*column)),
         !entries.empty() && dataset != last});
    last = dataset;
  }
  return DrawCoefficientMatrix(
      name, input.style, entries,
      [&](int row, int column) -> std::optional<double> {
        const Correlation* found = FindCorrelation(
            input.statistics, columns[row]->key(), columns[column]->key());
        if (found == nullptr || !found->has_spearman()) return std::nullopt;
        return row > column ? found->spearman() : found->kendall();
      });
}

FigureText DrawRankCorrelation(const FigureInput& input) {
  std::vector<const Column*> columns;
  for (const Column* column : StatisticsColumns(input.table, input.dataset())) {
    const auto& wanted = input.style.correlation_scores();
    if (column->kind() == Column::NTK_SCORE &&
        (!IsPlainKernel(*column) ||
         std::find(wanted.begin(), wanted.end(), column->score()) ==
             wanted.end())) {
      continue;
    }
    columns.push_back(column);
  }
  return DrawCorrelations("rank_correlation", input, columns);
}

}  // namespace robbench
