#include "tools/robbench/query/columns.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/table/name_resolver.h"
#include "analysis/table/predictor_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/number_format.h"
#include "nas/base/status_macros.h"
#include "nas/cell.pb.h"

namespace robbench {

using Json = nlohmann::ordered_json;

namespace {

// Adds the values of the seeds that both columns have, and drops the other
// seeds.
void AddSeeds(const Column& column, Column& sum) {
  Column both;
  for (Column::Seed& seed : *sum.mutable_seeds()) {
    for (const Column::Seed& added : column.seeds()) {
      if (added.seed() != seed.seed()) continue;
      for (int i = 0; i < seed.value_size(); ++i) {
        seed.set_value(i, seed.value(i) + added.value(i));
      }
      *both.add_seeds() = seed;
    }
  }
  *sum.mutable_seeds() = both.seeds();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SelectedDatasets(
    const BenchmarkTable& table, const TableSelection& selection) {
  std::vector<std::string> all = table.Datasets();
  if (selection.dataset.empty()) return all;
  ROBBENCH_ASSIGN_OR_RETURN(
      std::string name, ResolveDataset("the table", selection.dataset, all));
  return std::vector<std::string>{std::move(name)};
}

absl::StatusOr<std::vector<const Column*>> SelectedColumns(
    const BenchmarkTable& table, const TableSelection& selection) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<std::string> datasets,
                            SelectedDatasets(table, selection));
  std::vector<const Column*> columns;
  for (const std::string& dataset : datasets) {
    if (!selection.metric.empty()) {
      if (const Column* column = table.Find(dataset, selection.metric)) {
        columns.push_back(column);
      }
      continue;
    }
    for (const Column& column : table.proto().columns()) {
      if (column.key().dataset() == dataset) columns.push_back(&column);
    }
  }
  if (columns.empty() && !datasets.empty()) {
    return table.Get(datasets[0], selection.metric).status();
  }
  return columns;
}

absl::StatusOr<Column> MetricColumn(const BenchmarkTable& table,
                                    const std::string& dataset,
                                    const std::string& metric) {
  if (metric != "robust_average" || table.Find(dataset, metric) != nullptr) {
    ROBBENCH_ASSIGN_OR_RETURN(const Column* column, table.Get(dataset, metric));
    return *column;
  }
  Column average;
  average.mutable_key()->set_dataset(dataset);
  average.mutable_key()->set_metric(metric);
  average.set_kind(Column::ACCURACY);
  int count = 0;
  for (const Column* column : table.Columns(dataset, Column::ACCURACY)) {
    if (!column->attack().has_fgsm() && !column->attack().has_pgd()) continue;
    if (count++ == 0) {
      *average.mutable_mean() = column->mean();
      *average.mutable_seeds() = column->seeds();
      if (column->has_mean_of()) average.set_mean_of(column->mean_of());
      continue;
    }
    for (int i = 0; i < table.num_cells(); ++i) {
      average.set_mean(i, average.mean(i) + column->mean(i));
    }
    AddSeeds(*column, average);
  }
  if (count == 0) {
    return absl::NotFoundError(absl::StrCat(
        "robust_average: the table has no FGSM or PGD accuracy of ", dataset));
  }
  for (double& mean : *average.mutable_mean()) mean /= count;
  for (Column::Seed& seed : *average.mutable_seeds()) {
    for (double& value : *seed.mutable_value()) value /= count;
  }
  return average;
}

absl::StatusOr<Column> ColumnForDataset(const BenchmarkTable& table,
                                        const std::string& dataset,
                                        const std::string& metric) {
  absl::StatusOr<Column> own = MetricColumn(table, dataset, metric);
  if (own.ok()) return own;
  std::vector<std::string> names = table.Metrics(dataset);
  for (const std::string& other : table.Datasets()) {
    const Column* column = table.Find(other, metric);
    if (column != nullptr && column->kind() == Column::PREDICTOR) {
      return *column;
    }
    for (const Column* predictor : table.Columns(other, Column::PREDICTOR)) {
      const std::string& name = predictor->key().metric();
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  if (metric == "robust_average") return own;
  // The hint knows the predictors of all data sets.
  const auto resolved = ResolveMetric("the table", dataset, metric, names);
  if (!resolved.ok()) return resolved.status();
  return own;
}

bool IsExact(const Column& column) {
  return column.kind() == Column::COST ||
         (column.kind() == Column::PREDICTOR && IsCount(column.score()));
}

bool IsAbsentPredictor(const Column& column,
                       const std::vector<int>& positions) {
  return column.kind() == Column::PREDICTOR &&
         std::all_of(positions.begin(), positions.end(), [&](int position) {
           return std::isnan(column.mean(position));
         });
}

std::string ValueText(const Column& column, double value, bool is_difference) {
  if (std::isnan(value)) return "–";
  if (column.kind() == Column::ACCURACY ||
      column.kind() == Column::STANDARD_ACCURACY) {
    return is_difference ? absl::StrFormat("%.2f", 100 * value)
                         : absl::StrCat(Percent(value, 2), " %");
  }
  if (IsExact(column)) return Grouped(std::llround(value));
  return ReadableNumber(value, 4);
}

Json JsonNumber(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

Json JsonIdentity(const CellIdentity& cell) {
  return {{"index", cell.index()},
          {"code", cell.code()},
          {"architecture", cell.architecture()},
          {"representative", cell.representative()}};
}

}  // namespace robbench
