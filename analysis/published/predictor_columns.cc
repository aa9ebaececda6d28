#include "analysis/published/predictor_columns.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/table/predictor_name.h"
#include "analysis/table/predictor_scores.h"
#include "google/protobuf/repeated_field.h"
#include "nas/base/digest.h"
#include "nas/base/field_error.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/status_macros.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/cell_counts.h"

namespace robbench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Columns = google::protobuf::RepeatedPtrField<Column>;

// Returns the table's data sets in its order.
std::vector<std::string> Datasets(const Table& table) {
  std::vector<std::string> datasets;
  for (const Column& column : table.columns()) {
    const std::string& dataset = column.key().dataset();
    if (std::find(datasets.begin(), datasets.end(), dataset) ==
        datasets.end()) {
      datasets.push_back(dataset);
    }
  }
  return datasets;
}

// Returns an empty column. CheckPredictorScores has let nothing pass that is
// not a predictor's name, but a score may have images that it does not need.
absl::StatusOr<Column> MakeColumn(const std::string& path,
                                  const std::string& dataset,
                                  const std::string& score,
                                  const std::string& images) {
  Column column;
  const std::string metric = PredictorMetric(score, images);
  column.mutable_key()->set_dataset(dataset);
  column.mutable_key()->set_metric(metric);
  const absl::string_view name =
      absl::string_view(metric).substr(kPredictorPrefix.size());
  if (!SetPredictor(name, column) || column.score() != score ||
      column.score_images() != images) {
    return FieldError(
        path, absl::StrCat("columns[", PredictorText(score, images), "]"),
        "images where the score is of images, and none otherwise",
        images.empty() ? "none" : images);
  }
  return column;
}

// Checks the scored cells and their counts against those of the table. Returns
// the position in `scores` of each scored and live cell.
absl::StatusOr<std::map<uint32_t, int>> ScoredCells(
    const std::string& path, const PredictorScores& scores,
    const Table& table) {
  std::set<uint32_t> known;
  for (const CellIdentity& cell : table.cells()) known.insert(cell.index());
  const std::set<uint32_t> dead(scores.dead_cells().begin(),
                                scores.dead_cells().end());
  std::map<uint32_t, int> scored;
  for (int i = 0; i < scores.cells_size(); ++i) {
    const uint32_t index = scores.cells(i);
    if (!known.contains(index)) {
      return FieldError(path, "cells", "cells of the table",
                        absl::StrCat(index));
    }
    ROBBENCH_ASSIGN_OR_RETURN(const Cell cell,
                              Cell::FromIndex(static_cast<int>(index)));
    for (const auto& [name, count] : NamedCounts(cell)) {
      for (const PredictorColumn& column : scores.columns()) {
        if (column.score() == name && column.value(i) != count) {
          return FieldError(
              path, absl::StrCat("columns[", name, "]"),
              absl::StrCat(count, " of cell ", index, " (", cell.Code(), ")"),
              absl::StrCat(column.value(i)));
        }
      }
    }
    if (!dead.contains(index)) scored[index] = i;
  }
  return scored;
}

// Adds the counts of all cells.
absl::Status AddCounts(const std::string& path, const std::string& dataset,
                       const Table& table, Columns& columns) {
  const int first = columns.size();
  for (const CellIdentity& identity : table.cells()) {
    ROBBENCH_ASSIGN_OR_RETURN(
        const Cell cell, Cell::FromIndex(static_cast<int>(identity.index())));
    int next = first;
    for (const auto& [name, count] : NamedCounts(cell)) {
      if (next == columns.size()) {
        ROBBENCH_ASSIGN_OR_RETURN(*columns.Add(),
                                  MakeColumn(path, dataset, name, ""));
      }
      columns.Mutable(next++)->add_mean(count);
    }
  }
  return absl::OkStatus();
}

absl::Status AddScores(const std::string& path, const PredictorScores& scores,
                       const std::map<uint32_t, int>& scored,
                       const Table& table, Columns& columns) {
  for (const PredictorColumn& from : scores.columns()) {
    if (IsCount(from.score())) continue;
    Column& column = *columns.Add();
    ROBBENCH_ASSIGN_OR_RETURN(column, MakeColumn(path, scores.dataset(),
                                                 from.score(), from.images()));
    for (const CellIdentity& cell : table.cells()) {
      const auto found = scored.find(cell.index());
      column.add_mean(found == scored.end() ? kNaN : from.value(found->second));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AddPredictors(const std::string& path, absl::string_view bytes,
                           const PredictorScores& scores, Table& table) {
  ROBBENCH_RETURN_IF_ERROR(CheckPredictorScores(path, scores));
  const std::vector<std::string> datasets = Datasets(table);
  if (std::find(datasets.begin(), datasets.end(), scores.dataset()) ==
      datasets.end()) {
    return FieldError(
        path, "dataset",
        absl::StrCat("one of the table's: ", absl::StrJoin(datasets, ", ")),
        scores.dataset());
  }
  for (const Column& column : table.columns()) {
    if (column.kind() == Column::PREDICTOR) {
      return FieldError(
          path, "columns", "a table without predictors",
          absl::StrCat(column.key().metric(), " of ", column.key().dataset()));
    }
  }
  ROBBENCH_ASSIGN_OR_RETURN(const auto scored,
                            ScoredCells(path, scores, table));
  Columns columns;
  for (const std::string& dataset : datasets) {
    for (const Column& column : table.columns()) {
      if (column.key().dataset() == dataset) *columns.Add() = column;
    }
    ROBBENCH_RETURN_IF_ERROR(AddCounts(path, dataset, table, columns));
    if (dataset == scores.dataset()) {
      ROBBENCH_RETURN_IF_ERROR(AddScores(path, scores, scored, table, columns));
    }
  }
  table.mutable_columns()->Swap(&columns);
  auto& inputs = *table.mutable_provenance()->mutable_inputs();
  InputDigest& input = *inputs.Add();
  input.set_role("predictor_scores");
  input.set_sha256(Sha256(bytes));
  std::sort(inputs.begin(), inputs.end(),
            [](const InputDigest& a, const InputDigest& b) {
              return a.role() < b.role();
            });
  return absl::OkStatus();
}

}  // namespace robbench
