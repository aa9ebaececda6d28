#include "analysis/studies/reproduction/reproduction.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/collect/record_collector.h"
#include "analysis/collect/training_course.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/statistics/scatter/twin_scatter.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/studies/reproduction/reproduction_criterion.h"
#include "analysis/table/table.pb.h"
#include "nas/base/field_error.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/network_identity.h"
#include "training/dataset_spec.pb.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

TrainingOutcome OutcomeOf(const TrainRecord& training, uint32_t classes) {
  std::vector<double> losses;
  for (const EpochRecord& epoch : training.epochs()) {
    losses.push_back(epoch.loss());
  }
  TrainingOutcome outcome;
  outcome.set_seed(training.seed());
  SetCourse(ReadCourse(losses, classes), outcome);
  return outcome;
}

// Adds the accuracies of a row of `table` that `cell` does not have yet.
void AddAccuracies(const BenchmarkTable& table, int position, OurCell& cell) {
  for (const Column* column : table.Columns(cell.dataset(), Column::ACCURACY)) {
    const std::string& metric = column->key().metric();
    if (std::any_of(cell.accuracies().begin(), cell.accuracies().end(),
                    [&](const OurAccuracy& accuracy) {
                      return accuracy.metric() == metric;
                    })) {
      continue;
    }
    OurAccuracy accuracy;
    accuracy.set_metric(metric);
    accuracy.set_images(column->images());
    for (const auto& [seed, value] : ValueOf(*column, position).by_seed) {
      OurAccuracy::Seed& out = *accuracy.add_seeds();
      out.set_seed(seed);
      out.set_value(value);
    }
    if (!accuracy.seeds().empty()) *cell.add_accuracies() = accuracy;
  }
}

}  // namespace

absl::StatusOr<std::vector<OurCell>> ReadReproduction(
    const std::string& dataset_spec, const std::vector<std::string>& runs) {
  ROBBENCH_ASSIGN_OR_RETURN(const auto spec,
                            ReadTextProto<DatasetSpec>(dataset_spec));
  // There is a collector for each suite and number of test images, the highest
  // number first, since `clean` on other numbers of images would not agree.
  std::map<std::pair<int64_t, std::string>, RecordCollector> collectors;
  std::map<uint32_t, std::map<uint32_t, TrainingOutcome>> outcomes;
  for (const std::string& path : runs) {
    ROBBENCH_ASSIGN_OR_RETURN(const auto run,
                              ReadTextProto<ReproducedRun>(path));
    const TrainRecord& training = run.message.training();
    if (run.message.evaluations().empty()) {
      return FieldError(path, "evaluations", "at least one", "none");
    }
    for (const EvaluationRecord& evaluation : run.message.evaluations()) {
      if (evaluation.attacks().empty()) {
        return FieldError(path, "evaluations.attacks", "at least one", "none");
      }
      const std::pair key(-int64_t{evaluation.attacks(0).total()},
                          evaluation.suite());
      RecordCollector& collector =
          collectors
              .try_emplace(key, spec.message, spec.bytes,
                           RecordCollector::Options{.allow_fewer_seeds = true})
              .first->second;
      ROBBENCH_RETURN_IF_ERROR(collector.Add(path + ": training.train.binpb",
                                             SerializeRecord(training)));
      ROBBENCH_RETURN_IF_ERROR(collector.Add(
          absl::StrCat(path, ": ", evaluation.suite(), ".eval.binpb"),
          SerializeRecord(evaluation)));
    }
    if (training.epochs().empty()) {
      return FieldError(path, "training.epochs", "at least one", "none");
    }
    outcomes[training.cell().index()][training.seed()] =
        OutcomeOf(training, spec.message.classes());
  }
  std::map<uint32_t, OurCell> cells;
  for (auto& [key, collector] : collectors) {
    ROBBENCH_ASSIGN_OR_RETURN(Table collected, collector.Finish());
    ROBBENCH_ASSIGN_OR_RETURN(
        const BenchmarkTable table,
        BenchmarkTable::Make("reproduction", std::move(collected)));
    for (int i = 0; i < table.num_cells(); ++i) {
      OurCell& cell = cells[table.cell(i).index()];
      cell.set_dataset(spec.message.name());
      *cell.mutable_cell() = table.cell(i);
      AddAccuracies(table, i, cell);
    }
  }
  std::vector<OurCell> result;
  for (auto& [index, cell] : cells) {
    for (const auto& [seed, outcome] : outcomes[index]) {
      *cell.add_trainings() = outcome;
    }
    result.push_back(std::move(cell));
  }
  return result;
}

absl::StatusOr<ReferenceRows> FindPublishedRows(
    const std::vector<OurCell>& cells, const BenchmarkTable& published) {
  std::map<std::string, std::vector<int>> networks;
  for (int i = 0; i < published.num_cells(); ++i) {
    networks[NetworkString(*Cell::FromCode(published.cell(i).code()))]
        .push_back(i);
  }
  const Twins twins = FindTwins(published);
  std::map<std::pair<std::string, std::string>, std::vector<TwinScatter>>
      scatters;  // by data set and metric
  ReferenceRows rows;
  for (const OurCell& ours : cells) {
    ROBBENCH_ASSIGN_OR_RETURN(const CellMatch match,
                              published.FindCell(ours.cell().code()));
    const Cell cell = *Cell::FromCode(published.cell(match.position).code());
    ReferenceRow& row = *rows.add_rows();
    row.set_dataset(ours.dataset());
    row.set_cell(published.cell(match.position).index());
    row.set_kind(KindOf(cell));
    // The members of a class need not be the same network. The target is the
    // row of the representative and the rows that are the same network as it.
    const std::vector<int>& positions = networks.at(
        NetworkString(*Cell::FromCode(published.cell(match.position).code())));
    for (const int i : positions) row.add_rows(published.cell(i).index());
    for (const Column* column :
         published.Columns(ours.dataset(), Column::ACCURACY)) {
      ReferenceAccuracy& accuracy = *row.add_accuracies();
      accuracy.set_metric(column->key().metric());
      accuracy.set_seeds(column->mean_of());
      accuracy.set_images(column->images());
      for (const int i : positions) accuracy.add_means(column->mean(i));
      std::vector<TwinScatter>& of_column =
          scatters[{ours.dataset(), accuracy.metric()}];
      if (of_column.empty()) {
        of_column = MeasureTwinScatter(published, twins, *column);
      }
      for (const TwinScatter& twin : of_column) {
        if (twin.kind() != row.kind() || !twin.has_one_seed()) continue;
        SeedScatter& scatter = *accuracy.mutable_scatter();
        scatter.set_one_seed(twin.one_seed());
        scatter.set_degrees_of_freedom(twin.degrees_of_freedom());
        scatter.set_failed_share(twin.failed_share());
      }
    }
  }
  return rows;
}

Reproductions Judge(const std::vector<OurCell>& ours,
                    const ReferenceRows& rows) {
  Reproductions result;
  *result.mutable_rule() = PublishedRule();
  for (const OurCell& cell : ours) {
    for (const ReferenceRow& row : rows.rows()) {
      if (row.dataset() != cell.dataset() ||
          row.cell() != cell.cell().representative()) {
        continue;
      }
      *result.add_cells() = JudgeReproduction(result.rule(), row, cell);
    }
  }
  return result;
}

}  // namespace robbench
