#include "analysis/published/published_benchmark.h"

#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "analysis/published/page_table.h"
#include "analysis/published/paper_recipes.embed.h"
#include "glog/logging.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/text_format.h"
#include "nas/base/digest.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/cell_identity.h"
#include "nas/cost.h"
#include "nas/network_plan.h"
#include "training/attack_suite.pb.h"
#include "training/recipe.pb.h"

namespace robbench {
namespace {

// Returns the recipe of the authors' code for images of `image_size`.
Recipe PaperRecipe(int image_size) {
  Recipe recipe;
  CHECK(google::protobuf::TextFormat::ParseFromString(
      image_size == 32 ? kCifarRecipe : kImagenet16Recipe, &recipe));
  return recipe;
}

absl::StatusOr<Cost> PaperCost(const PublishedDataset& dataset,
                               const Cell& cell) {
  ROBBENCH_ASSIGN_OR_RETURN(
      const NetworkPlan plan,
      MakeNetworkPlan(cell, {.channels = 16,
                             .cells_per_stage = 5,
                             .image_channels = 3,
                             .image_size = dataset.image_size,
                             .classes = dataset.classes}));
  return CountCost(plan);
}

absl::Status AddCosts(const PublishedDataset& dataset,
                      const PublishedTable& published, Table& table) {
  Column adds, parameters;
  for (const PublishedRow& row : published.rows) {
    ROBBENCH_ASSIGN_OR_RETURN(const Cell cell, Cell::FromIndex(row.index));
    ROBBENCH_ASSIGN_OR_RETURN(const Cost cost, PaperCost(dataset, cell));
    adds.add_mean(cost.multiply_adds);
    parameters.add_mean(cost.parameters);
  }
  const auto add = [&](const char* metric, const Column& values) {
    Column& column = *table.add_columns();
    column = values;
    column.mutable_key()->set_dataset(dataset.name);
    column.mutable_key()->set_metric(metric);
    column.set_kind(Column::COST);
  };
  add("multiply_adds", adds);
  add("parameters", parameters);
  return absl::OkStatus();
}

}  // namespace

Benchmark PublishedBenchmark(const PublishedDataset& dataset) {
  Benchmark benchmark;
  benchmark.mutable_dataset()->set_name(dataset.name);
  benchmark.mutable_dataset()->set_classes(dataset.classes);
  *benchmark.mutable_recipe() = PaperRecipe(dataset.image_size);
  benchmark.set_train_images(dataset.train_images);
  benchmark.set_published(true);
  return benchmark;
}

bool HasPaperNetworks(const Table& table, const std::string& dataset,
                      const PublishedDataset& published) {
  for (const Column& column : table.columns()) {
    if (column.key().dataset() != dataset ||
        column.key().metric() != "parameters") {
      continue;
    }
    for (int i = 0; i < column.mean_size(); ++i) {
      if (std::isnan(column.mean(i))) continue;
      const auto cell = Cell::FromIndex(table.cells(i).index());
      if (!cell.ok()) return false;
      const auto cost = PaperCost(published, *cell);
      return cost.ok() && column.mean(i) == cost->parameters;
    }
  }
  return true;
}

bool SetNamedAttack(absl::string_view metric, Column& column) {
  for (const absl::string_view other :
       {"autoattack", "apgd_ce", "apgd_t", "fab_t", "square"}) {
    if (metric == other) return true;
  }
  if (metric == "clean") {
    column.mutable_attack()->set_name("clean");
    column.mutable_attack()->mutable_clean();
    return true;
  }
  double epsilon;
  absl::string_view number = metric;
  const bool is_fgsm = absl::ConsumePrefix(&number, "fgsm_");
  if ((!is_fgsm && !absl::ConsumePrefix(&number, "pgd_")) ||
      !absl::SimpleAtod(number, &epsilon) ||
      !(epsilon >= 0 && epsilon <= 255)) {
    return false;
  }
  Attack& attack = *column.mutable_attack();
  attack.set_name(std::string(metric));
  if (is_fgsm) {
    attack.mutable_fgsm()->set_epsilon(epsilon);
    return true;
  }
  PgdAttack& pgd = *attack.mutable_pgd();
  pgd.set_epsilon(epsilon);
  pgd.set_step_size(2.5 * epsilon / 20);
  pgd.set_steps(20);
  pgd.set_random_start(true);
  return true;
}

absl::StatusOr<Table> MakePublishedBenchmark(const PublishedTable& published,
                                             absl::string_view bytes) {
  Table table;
  *table.mutable_provenance() =
      MakeProvenance("analysis:import_published", /*numeric_profile=*/"",
                     {{"published_table", bytes}});
  for (const PublishedRow& row : published.rows) {
    ROBBENCH_ASSIGN_OR_RETURN(const Cell cell, Cell::FromIndex(row.index));
    *table.add_cells() = MakeCellIdentity(cell);
  }
  int position = 0;
  for (const PublishedDataset& dataset : kPublishedDatasets) {
    *table.add_benchmarks() = PublishedBenchmark(dataset);
    for (const PublishedMetric& metric : kPublishedMetrics) {
      Column& column = *table.add_columns();
      column.mutable_key()->set_dataset(dataset.name);
      column.mutable_key()->set_metric(metric.name);
      column.set_kind(Column::ACCURACY);
      SetNamedAttack(metric.name, column);
      column.set_images(dataset.test_images);
      column.set_mean_of(metric.seeds);
      const double total = PublishedTotal(position);
      for (const PublishedRow& row : published.rows) {
        column.add_mean(row.correct[position] / total);
      }
      ++position;
    }
    ROBBENCH_RETURN_IF_ERROR(AddCosts(dataset, published, table));
  }
  return table;
}

void AddStandardTraining(const StandardTable& standard, absl::string_view bytes,
                         Table& table) {
  std::map<int, const PageRow*> rows;
  for (const PageRow& row : standard.rows) rows[row.index] = &row;
  InputDigest& input = *table.mutable_provenance()->add_inputs();
  input.set_role("standard_training");  // sorts behind "published_table"
  input.set_sha256(Sha256(bytes));
  google::protobuf::RepeatedPtrField<Column> columns;
  for (const Benchmark& benchmark : table.benchmarks()) {
    const std::string& dataset = benchmark.dataset().name();
    for (Column& column : *table.mutable_columns()) {
      if (column.key().dataset() == dataset) columns.Add(std::move(column));
    }
    for (size_t i = 0; i < kStandardColumns.size(); ++i) {
      if (dataset != kStandardColumns[i].dataset) continue;
      Column& column = *columns.Add();
      column.mutable_key()->set_dataset(dataset);
      column.mutable_key()->set_metric(kStandardColumns[i].metric);
      column.set_kind(Column::STANDARD_ACCURACY);
      for (const CellIdentity& cell : table.cells()) {
        const PageRow& row = *rows.at(cell.representative());
        column.add_mean(1.0 * row.counts[i] / kStandardParts);
      }
    }
  }
  table.mutable_columns()->Swap(&columns);
}

}  // namespace robbench
