#include "analysis/collect/collected_table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis/collect/training_course.h"
#include "analysis/table/benchmark_table.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/cell_identity.h"
#include "ntk/ntk.pb.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

int PositionOf(const Table& table, uint32_t index) {
  return std::lower_bound(table.cells().begin(), table.cells().end(), index,
                          [](const CellIdentity& cell, uint32_t wanted) {
                            return cell.index() < wanted;
                          }) -
         table.cells().begin();
}

// Gathers the values of a column, by seed and position; NaN where there is
// none.
class SeedValues {
 public:
  explicit SeedValues(int num_cells) : num_cells_(num_cells) {}

  void Set(uint32_t seed, int cell, double value) {
    std::vector<double>& values = by_seed_[seed];
    if (values.empty()) values.resize(num_cells_, kMissing);
    values[cell] = value;
  }

  // Adds to the column the seeds, and the means over the seeds that have a
  // value.
  void Fill(Column& column) const {
    std::vector<double> sum(num_cells_, 0.0);
    std::vector<int> count(num_cells_, 0);
    for (const auto& [seed, values] : by_seed_) {
      Column::Seed& out = *column.add_seeds();
      out.set_seed(seed);
      out.mutable_value()->Add(values.begin(), values.end());
      for (int i = 0; i < num_cells_; ++i) {
        if (std::isnan(values[i])) continue;
        sum[i] += values[i];
        ++count[i];
      }
    }
    for (int i = 0; i < num_cells_; ++i) {
      column.add_mean(count[i] == 0 ? kMissing : sum[i] / count[i]);
    }
  }

 private:
  int num_cells_;
  std::map<uint32_t, std::vector<double>> by_seed_;
};

const std::string& DatasetOf(const Table& table) {
  return table.benchmarks(0).dataset().name();
}

// Describes an attack of a suite. Where several suites have an attack of the
// same name, as "clean", the suite that was run on the most networks is taken,
// and the first of equal ones.
struct SuiteAttack {
  const CollectedRecords::Evaluations* entries;  // of the suite
  int position;                                  // in the suite
};

void AddAccuracies(const CollectedRecords& records, Table& table) {
  std::vector<std::string> names;  // in the order of the suites
  std::map<std::string, SuiteAttack> attacks;
  for (const auto& [suite, entries] : records.evaluations) {
    const EvaluationRecord& first = entries.begin()->second.record;
    for (int a = 0; a < first.attacks_size(); ++a) {
      const auto [attack, is_new] = attacks.try_emplace(
          first.attacks(a).name(), SuiteAttack{&entries, a});
      if (is_new) {
        names.push_back(attack->first);
      } else if (entries.size() > attack->second.entries->size()) {
        attack->second = {&entries, a};
      }
    }
  }
  for (const std::string& name : names) {
    const auto [entries, position] = attacks.at(name);
    const AttackResult& attack =
        entries->begin()->second.record.attacks(position);
    Column& column = *table.add_columns();
    column.mutable_key()->set_dataset(DatasetOf(table));
    column.mutable_key()->set_metric(name);
    column.set_kind(Column::ACCURACY);
    *column.mutable_attack() = attack.attack();
    column.set_images(attack.total());
    SeedValues values(table.cells_size());
    // Means are taken over counts, so that they are rounded once.
    std::vector<int64_t> correct(table.cells_size(), 0);
    std::vector<int64_t> total(table.cells_size(), 0);
    for (const auto& [key, entry] : *entries) {
      const AttackResult& result = entry.record.attacks(position);
      const int cell = PositionOf(table, key.first);
      values.Set(key.second, cell,
                 static_cast<double>(result.correct()) / result.total());
      correct[cell] += result.correct();
      total[cell] += result.total();
    }
    values.Fill(column);
    for (int i = 0; i < table.cells_size(); ++i) {
      if (total[i] == 0) continue;
      column.set_mean(i, static_cast<double>(correct[i]) / total[i]);
    }
  }
}

void AddNtkScores(const CollectedRecords& records, Table& table) {
  if (records.ntks.empty()) return;
  const NtkRecord& first = records.ntks.begin()->second.record;
  const std::vector<std::string> names = ScoreNames(first.spec());
  for (int k = 0; k < first.scores_size(); ++k) {
    const KernelScore& kernel = first.scores(k);
    std::vector<SeedValues> values(names.size(),
                                   SeedValues(table.cells_size()));
    for (const auto& [key, entry] : records.ntks) {
      const int cell = PositionOf(table, key.first);
      const std::vector<double> scores = ScoreValues(entry.record.scores(k));
      for (size_t s = 0; s < names.size(); ++s) {
        values[s].Set(key.second, cell, scores[s]);
      }
    }
    for (size_t s = 0; s < names.size(); ++s) {
      Column& column = *table.add_columns();
      column.mutable_key()->set_dataset(DatasetOf(table));
      column.mutable_key()->set_metric(
          absl::StrCat("ntk_", kernel.kernel(), "_", names[s]));
      column.set_kind(Column::NTK_SCORE);
      column.set_kernel(kernel.kernel());
      column.set_score(names[s]);
      column.set_kernel_kind(kernel.kind());
      if (kernel.has_epsilon()) column.set_epsilon(kernel.epsilon());
      if (kernel.has_mix()) column.set_mix(kernel.mix());
      values[s].Fill(column);
    }
  }
}

void AddCosts(const CollectedRecords& records, Table& table) {
  const auto add = [&](const char* name, auto value) {
    Column& column = *table.add_columns();
    column.mutable_key()->set_dataset(DatasetOf(table));
    column.mutable_key()->set_metric(name);
    column.set_kind(Column::COST);
    column.mutable_mean()->Resize(table.cells_size(), kMissing);
    for (const auto& [key, entry] : records.trainings) {
      column.set_mean(PositionOf(table, key.first), value(entry.record));
    }
  };
  add("multiply_adds",
      [](const TrainRecord& record) { return record.multiply_adds(); });
  add("parameters",
      [](const TrainRecord& record) { return record.parameters(); });
}

void AddInputs(const CollectedRecords& records, Table& table) {
  std::set<std::pair<std::string, std::string>> inputs;
  const auto note = [&](const Provenance& provenance) {
    for (const InputDigest& input : provenance.inputs()) {
      inputs.emplace(input.role(), input.sha256());
    }
  };
  for (const auto& [key, entry] : records.trainings)
    note(entry.record.provenance());
  for (const auto& [suite, entries] : records.evaluations) {
    for (const auto& [key, entry] : entries) note(entry.record.provenance());
  }
  for (const auto& [key, entry] : records.ntks) note(entry.record.provenance());
  for (const auto& [role, sha256] : inputs) {
    InputDigest& input = *table.add_inputs();
    input.set_role(role);
    input.set_sha256(sha256);
  }
}

void AddRuns(const CollectedRecords& records, Table& table) {
  std::map<std::pair<std::string, std::string>, int> position;
  for (int i = 0; i < table.inputs_size(); ++i) {
    position[{table.inputs(i).role(), table.inputs(i).sha256()}] = i;
  }
  const auto add = [&](const auto& entry, RecordSource::Kind kind,
                       CellRun& run) -> RecordSource& {
    RecordSource& source = *run.add_sources();
    source.set_kind(kind);
    source.set_record_sha256(entry.sha256);
    const Provenance& provenance = entry.record.provenance();
    source.set_producer(provenance.producer());
    for (const InputDigest& input : provenance.inputs()) {
      source.add_inputs(position.at({input.role(), input.sha256()}));
    }
    return source;
  };
  std::set<CellSeed> keys;
  for (const auto& [key, entry] : records.trainings) keys.insert(key);
  for (const auto& [suite, entries] : records.evaluations) {
    for (const auto& [key, entry] : entries) keys.insert(key);
  }
  for (const auto& [key, entry] : records.ntks) keys.insert(key);
  for (const CellSeed& key : keys) {
    CellRun& run = *table.add_runs();
    run.set_dataset(DatasetOf(table));
    *run.mutable_cell() =
        MakeCellKey(table.cells(PositionOf(table, key.first)));
    run.set_seed(key.second);
    if (const auto found = records.trainings.find(key);
        found != records.trainings.end()) {
      const TrainRecord& record = found->second.record;
      add(found->second, RecordSource::TRAINING, run);
      run.set_final_loss(record.epochs(0).loss());
      run.set_final_accuracy(record.epochs(0).accuracy());
      run.set_weights_sha256(record.weights_sha256());
      SetCourse(ReadCourse(found->second.losses,
                           table.benchmarks(0).dataset().classes()),
                run);
    }
    for (const auto& [suite, entries] : records.evaluations) {
      const auto found = entries.find(key);
      if (found == entries.end()) continue;
      RecordSource& source = add(found->second, RecordSource::EVALUATION, run);
      source.set_suite(suite);
      source.set_unreliable(found->second.record.unreliable());
      for (const SelfCheck& check : found->second.record.checks()) {
        if (check.passed()) continue;
        source.add_failed_checks(
            absl::StrCat(check.name(), ": ", check.reason()));
      }
    }
    if (const auto found = records.ntks.find(key);
        found != records.ntks.end()) {
      *add(found->second, RecordSource::NTK, run).mutable_flags() =
          found->second.record.flags();
    }
  }
}

}  // namespace

Table MakeCollectedTable(const DatasetSpec& spec,
                         const CollectedRecords& records) {
  Table table;
  const TrainRecord& training = records.trainings.begin()->second.record;
  Benchmark& benchmark = *table.add_benchmarks();
  benchmark.mutable_dataset()->set_name(spec.name());
  benchmark.mutable_dataset()->set_classes(spec.classes());
  *benchmark.mutable_dataset()->mutable_spec() = spec;
  benchmark.set_dataset_sha256(InputOfRole(training.provenance(), "dataset"));
  benchmark.set_numeric_profile(training.provenance().numeric_profile());
  *benchmark.mutable_recipe() = training.recipe();
  benchmark.set_train_images(training.train_images());
  for (const auto& [suite, entries] : records.evaluations) {
    benchmark.add_suites(suite);
  }
  if (!records.ntks.empty()) {
    const NtkRecord& ntk = records.ntks.begin()->second.record;
    *benchmark.mutable_ntk() = ntk.spec();
    benchmark.set_ntk_from_weights(ntk.from_weights());
  }

  std::set<uint32_t> cells;
  for (const auto& [key, entry] : records.trainings) cells.insert(key.first);
  // If records may be missing, some of these networks have no training.
  for (const auto& [suite, entries] : records.evaluations) {
    for (const auto& [key, entry] : entries) cells.insert(key.first);
  }
  for (const auto& [key, entry] : records.ntks) cells.insert(key.first);
  for (const uint32_t index : cells) {
    *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
  }
  AddAccuracies(records, table);
  AddNtkScores(records, table);
  AddCosts(records, table);
  AddInputs(records, table);
  AddRuns(records, table);
  return table;
}

}  // namespace robbench
