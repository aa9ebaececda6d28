#include "analysis/studies/predictor/short/add_short_training.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/studies/predictor/predictor_cost.h"
#include "analysis/studies/score_records.h"
#include "analysis/table/predictor_name.h"
#include "analysis/table/table.pb.h"
#include "nas/base/digest.h"
#include "nas/base/field_error.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Removes a training of that name, if there is one.
void Remove(const std::string& name, PredictorScores& scores) {
  const auto erase = [](auto& list, const auto& is_it) {
    list.erase(std::remove_if(list.begin(), list.end(), is_it), list.end());
  };
  erase(*scores.mutable_trainings(),
        [&](const ShortTraining& training) { return training.name() == name; });
  erase(*scores.mutable_columns(),
        [&](const PredictorColumn& column) { return column.score() == name; });
  erase(*scores.mutable_provenance()->mutable_inputs(),
        [&](const InputDigest& input) { return input.role() == name; });
}

// Returns the mean over the cells of the multiply-adds of one image.
absl::StatusOr<double> MeanMultiplyAdds(const std::string& dataset,
                                        const BenchmarkTable& table) {
  ROBBENCH_ASSIGN_OR_RETURN(const Column* column,
                            table.Get(dataset, "multiply_adds"));
  double sum = 0;
  for (int i = 0; i < table.num_cells(); ++i) sum += column->mean(i);
  return sum / table.num_cells();
}

}  // namespace

std::optional<double> TrainingPasses(const Recipe& recipe,
                                     uint32_t train_images,
                                     uint32_t test_images,
                                     const Attack& attack) {
  double of_attack = 0;
  if (!attack.has_clean()) {
    const std::optional<double> passes = AttackPasses(attack);
    if (!passes) return std::nullopt;
    of_attack = *passes;
  }
  return 1.0 * train_images * recipe.epochs() *
             (2.0 * recipe.attack().steps() + 3) +
         test_images * (1 + of_attack);
}

absl::Status AddShortTraining(const std::string& name,
                              const std::string& table_path,
                              absl::string_view bytes,
                              const BenchmarkTable& table,
                              const std::string& scores_path,
                              PredictorScores& scores) {
  if (!IsTraining(name)) {
    return FieldError(table_path, "name of the training",
                      absl::StrJoin(TrainingNames(), ", "), name);
  }
  if (table.proto().benchmarks_size() != 1) {
    return FieldError(table_path, "benchmarks", "one",
                      table.proto().benchmarks_size());
  }
  const Benchmark& benchmark = table.proto().benchmarks(0);
  if (benchmark.published()) {
    return FieldError(table_path, "benchmarks[0].published",
                      "networks that were trained here", "published numbers");
  }
  const std::string& dataset = benchmark.dataset().name();
  if (!absl::StartsWith(dataset, scores.dataset())) {
    return FieldError(table_path, "benchmarks[0].dataset.name",
                      absl::StrCat(scores.dataset(), " or a part of it, as ",
                                   scores_path, " has"),
                      dataset);
  }
  std::map<uint32_t, int> rows;
  for (int i = 0; i < scores.cells_size(); ++i) rows[scores.cells(i)] = i;
  for (int i = 0; i < table.num_cells(); ++i) {
    if (rows.contains(table.cell(i).index())) continue;
    return FieldError(table_path, absl::StrCat("cells[", i, "]"),
                      absl::StrCat("a cell that ", scores_path, " has"),
                      table.cell(i).index());
  }
  const std::vector<const Column*> accuracies =
      table.Columns(dataset, Column::ACCURACY);
  if (accuracies.empty()) {
    return FieldError(table_path, "columns", "accuracies", "none");
  }
  ROBBENCH_ASSIGN_OR_RETURN(const double multiply_adds,
                            MeanMultiplyAdds(dataset, table));
  Remove(name, scores);
  ShortTraining& training = *scores.add_trainings();
  training.set_name(name);
  *training.mutable_benchmark() = benchmark;
  training.set_cells(table.num_cells());
  for (const Column::Seed& seed : accuracies[0]->seeds()) {
    training.add_seeds(seed.seed());
  }
  for (const Column* accuracy : accuracies) {
    PredictorColumn& column = *scores.add_columns();
    column.set_score(name);
    column.set_images(accuracy->key().metric());
    const auto passes =
        TrainingPasses(benchmark.recipe(), benchmark.train_images(),
                       accuracy->images(), accuracy->attack());
    if (passes) column.set_multiply_adds(*passes * multiply_adds);
    column.mutable_value()->Resize(scores.cells_size(), kNaN);
    for (int i = 0; i < table.num_cells(); ++i) {
      column.set_value(rows.at(table.cell(i).index()), accuracy->mean(i));
    }
    uint32_t left_out = 0;
    for (int i = 0; i < scores.cells_size(); ++i) {
      const bool is_dead =
          std::binary_search(scores.dead_cells().begin(),
                             scores.dead_cells().end(), scores.cells(i));
      left_out += !is_dead && std::isnan(column.value(i));
    }
    column.set_left_out_records(left_out);
  }
  AddInput(name, Sha256(bytes), *scores.mutable_provenance());
  return absl::OkStatus();
}

}  // namespace robbench
