#include "analysis/record_collector.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <type_traits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/field_error.h"
#include "google/protobuf/util/message_differencer.h"
#include "nas/base/digest.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"

namespace robbench {
namespace {

using google::protobuf::util::MessageDifferencer;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr int kMaxRecordBytes = 64 << 20;
constexpr int kNamedAtMost = 10;

std::string InputOfRole(const Provenance& provenance, absl::string_view role) {
  for (const InputDigest& input : provenance.inputs()) {
    if (input.role() == role) return input.sha256();
  }
  return "";
}

std::string Describe(const CellIdentity& cell, uint32_t seed) {
  return absl::StrCat("cell ", cell.index(), " (", cell.code(), "), seed ",
                      seed);
}

std::string DescribeKey(std::pair<uint32_t, uint32_t> key) {
  return Describe(MakeCellIdentity(*Cell::FromIndex(key.first)), key.second);
}

// "evaluation record of cell 2581 (323133), seed 0, suite paper".
std::string DescribePlace(RecordSource::Kind kind,
                          std::pair<uint32_t, uint32_t> key,
                          const std::string& suite) {
  const char* name = kind == RecordSource::TRAINING     ? "training"
                     : kind == RecordSource::EVALUATION ? "evaluation"
                                                        : "NTK";
  return absl::StrCat(name, " record of ", DescribeKey(key),
                      suite.empty() ? "" : ", suite ", suite);
}

template <typename T>
constexpr RecordSource::Kind kKindOf = RecordSource::TRAINING;
template <>
constexpr RecordSource::Kind kKindOf<EvaluationRecord> =
    RecordSource::EVALUATION;
template <>
constexpr RecordSource::Kind kKindOf<NtkRecord> = RecordSource::NTK;

// The key of a column of an NTK score.
std::string NtkMetric(const std::string& kernel, absl::string_view score) {
  return absl::StrCat("ntk_", kernel, "_", score);
}

using Score = std::pair<const char*, double (KernelScore::*)() const>;
constexpr Score kScores[] = {
    {"min_eigenvalue", &KernelScore::min_eigenvalue},
    {"max_eigenvalue", &KernelScore::max_eigenvalue},
    {"condition_number", &KernelScore::condition_number},
    {"trace", &KernelScore::trace},
    {"frobenius_norm", &KernelScore::frobenius_norm},
    {"label_complexity", &KernelScore::label_complexity},
    {"label_alignment", &KernelScore::label_alignment},
};

// A kernel's scores by name, its eigenvalue ratios behind the others.
std::vector<std::pair<std::string, double>> ScoresOf(const NtkSpec& spec,
                                                     const KernelScore& score) {
  std::vector<std::pair<std::string, double>> scores;
  for (const auto& [name, value] : kScores) {
    scores.emplace_back(name, (score.*value)());
  }
  for (int k = 0; k < spec.ratio_size(); ++k) {
    scores.emplace_back(absl::StrCat("eigenvalue_ratio_", spec.ratio(k)),
                        score.eigenvalue_ratio(k));
  }
  return scores;
}

// Fills a column's seeds (missing values NaN) and means from values by seed.
void Fill(const std::map<uint32_t, std::map<int, double>>& values,
          int num_cells, Column& column) {
  std::vector<double> sum(num_cells, 0.0);
  std::vector<int> count(num_cells, 0);
  for (const auto& [seed, by_cell] : values) {
    Column::Seed& out = *column.add_seeds();
    out.set_seed(seed);
    out.mutable_value()->Resize(num_cells, kMissing);
    for (const auto& [cell, value] : by_cell) {
      out.set_value(cell, value);
      sum[cell] += value;
      ++count[cell];
    }
  }
  for (int i = 0; i < num_cells; ++i) {
    column.add_mean(count[i] == 0 ? kMissing : sum[i] / count[i]);
  }
}

int PositionOf(const Table& table, uint32_t index) {
  return std::lower_bound(table.cells().begin(), table.cells().end(), index,
                          [](const CellIdentity& cell, uint32_t wanted) {
                            return cell.index() < wanted;
                          }) -
         table.cells().begin();
}

}  // namespace

absl::Status RecordCollector::Agree(const std::string& path,
                                    const std::string& field,
                                    const std::string& value) {
  const auto [found, is_new] =
      agreed_.emplace(field, std::make_pair(path, value));
  if (is_new || found->second.second == value) return absl::OkStatus();
  return FieldError(
      path, field,
      absl::StrCat(found->second.second, " (as in ", found->second.first, ")"),
      value);
}

absl::Status RecordCollector::Agree(const std::string& path,
                                    const std::string& field,
                                    const google::protobuf::Message& value) {
  auto& [first_path, first] = agreed_messages_[field];
  if (first == nullptr) {
    first_path = path;
    first.reset(value.New());
    first->CopyFrom(value);
    return absl::OkStatus();
  }
  std::string differences;
  MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&differences);
  if (differencer.Compare(*first, value)) return absl::OkStatus();
  absl::StripAsciiWhitespace(&differences);
  return FieldError(path, field, absl::StrCat("the same as in ", first_path),
                    differences);
}

template <typename T>
absl::Status RecordCollector::CheckCommon(const std::string& path,
                                          const T& record) {
  if (record.dataset() != spec_.name()) {
    return FieldError(path, "dataset", spec_.name(), record.dataset());
  }
  ROBBENCH_RETURN_IF_ERROR(Agree(path, "provenance.numeric_profile",
                                 record.provenance().numeric_profile()));
  const std::string dataset = InputOfRole(record.provenance(), "dataset");
  if (dataset.empty()) {
    return FieldError(path, "provenance.inputs", "one of role dataset", "none");
  }
  ROBBENCH_RETURN_IF_ERROR(
      Agree(path, "provenance.inputs[dataset].sha256", dataset));
  const auto cell = Cell::FromCode(record.cell().code());
  if (!cell.ok()) {
    return FieldError(path, "cell.code", "a cell", record.cell().code());
  }
  const CellIdentity identity = MakeCellIdentity(*cell);
  if (!MessageDifferencer::Equals(identity, record.cell())) {
    return FieldError(path, "cell", identity.ShortDebugString(),
                      record.cell().ShortDebugString());
  }
  return absl::OkStatus();
}

absl::Status RecordCollector::Add(const std::string& path,
                                  absl::string_view bytes) {
  if (bytes.size() > kMaxRecordBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path, ": expected at most ", kMaxRecordBytes,
                     " bytes, found ", bytes.size()));
  }
  // Parses into a record, checks what all kinds share and hands it on.
  const auto add = [&](auto entry, auto method) -> absl::Status {
    ROBBENCH_RETURN_IF_ERROR(ParseRecord(path, bytes, &entry.record));
    ROBBENCH_RETURN_IF_ERROR(CheckSchema(path, entry.record.provenance()));
    ROBBENCH_RETURN_IF_ERROR(CheckCommon(path, entry.record));
    entry.path = path;
    entry.sha256 = Sha256(bytes);
    digests_.push_back(entry.sha256);
    if (entry.record.has_failed()) return AddFailure(entry);
    return (this->*method)(std::move(entry));
  };
  if (absl::EndsWith(path, ".train.binpb")) {
    return add(Training(), &RecordCollector::AddTraining);
  }
  if (absl::EndsWith(path, ".eval.binpb")) {
    return add(Evaluation(), &RecordCollector::AddEvaluation);
  }
  if (absl::EndsWith(path, ".ntk.binpb")) {
    return add(Ntk(), &RecordCollector::AddNtk);
  }
  return FieldError(path, "name",
                    "an end of .train.binpb, .eval.binpb or "
                    ".ntk.binpb",
                    path.substr(path.rfind('/') + 1));
}

template <typename T>
absl::Status RecordCollector::AddFailure(const Entry<T>& entry) {
  const T& record = entry.record;
  Place place{{record.cell().index(), record.seed()}, kKindOf<T>, ""};
  if constexpr (std::is_same_v<T, EvaluationRecord>) {
    place.suite = record.suite();
  } else if constexpr (std::is_same_v<T, TrainRecord>) {
    ROBBENCH_RETURN_IF_ERROR(Agree(entry.path, "recipe", record.recipe()));
  }
  const auto [found, is_new] = failures_.emplace(
      place, Failure{entry.path, entry.sha256, record.failed()});
  if (is_new) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat(entry.path, ": second ",
                   DescribePlace(place.kind, place.run, place.suite),
                   "; the first is ", found->second.path));
}

absl::Status RecordCollector::AddTraining(Training entry) {
  TrainRecord& record = entry.record;
  const std::string& path = entry.path;
  if (record.epochs().empty()) {
    return FieldError(path, "epochs", "at least one", "none");
  }
  ROBBENCH_RETURN_IF_ERROR(Agree(path, "recipe", record.recipe()));
  ROBBENCH_RETURN_IF_ERROR(Agree(path, "skeleton", record.recipe().skeleton()));
  ROBBENCH_RETURN_IF_ERROR(
      Agree(path, "train_images", absl::StrCat(record.train_images())));
  const std::string cell = absl::StrCat("[", record.cell().index(), "]");
  ROBBENCH_RETURN_IF_ERROR(Agree(path, "multiply_adds" + cell,
                                 absl::StrCat(record.multiply_adds())));
  ROBBENCH_RETURN_IF_ERROR(
      Agree(path, "parameters" + cell, absl::StrCat(record.parameters())));
  // Only the last epoch is kept: paper-size tables read 58,194 records.
  const EpochRecord last = *record.epochs().rbegin();
  record.clear_epochs();
  *record.add_epochs() = last;
  const CellSeed key(record.cell().index(), record.seed());
  const auto [found, is_new] = trainings_.emplace(key, std::move(entry));
  if (is_new) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat(path, ": second training record of ", DescribeKey(key),
                   "; the first is ", found->second.path));
}

absl::Status RecordCollector::AddEvaluation(Evaluation entry) {
  const EvaluationRecord& record = entry.record;
  const std::string& path = entry.path;
  if (record.attacks().empty()) {
    return FieldError(path, "attacks", "at least one", "none");
  }
  ROBBENCH_RETURN_IF_ERROR(Agree(path, "skeleton", record.skeleton()));
  std::vector<std::string> names;
  for (const AttackResult& result : record.attacks()) {
    const std::string field = absl::StrCat("attacks[", result.name(), "]");
    if (std::count(names.begin(), names.end(), result.name()) > 0) {
      return FieldError(path, field, "each attack once", "a second one");
    }
    names.push_back(result.name());
    if (result.total() == 0 || result.correct() > result.total()) {
      return FieldError(
          path, field + ".correct",
          absl::StrCat("at most the total, ", result.total(), ", above 0"),
          absl::StrCat(result.correct()));
    }
    ROBBENCH_RETURN_IF_ERROR(Agree(path, field + ".attack", result.attack()));
    ROBBENCH_RETURN_IF_ERROR(
        Agree(path, field + ".total", absl::StrCat(result.total())));
    // A metric that two suites share must have come out the same.
    ROBBENCH_RETURN_IF_ERROR(
        Agree(path,
              absl::StrCat(field, ".correct of ", record.cell().index(),
                           " seed ", record.seed()),
              absl::StrCat(result.correct())));
  }
  ROBBENCH_RETURN_IF_ERROR(
      Agree(path, absl::StrCat("attacks of suite ", record.suite()),
            absl::StrJoin(names, " ")));
  const CellSeed key(record.cell().index(), record.seed());
  const auto [found, is_new] =
      evaluations_[record.suite()].emplace(key, std::move(entry));
  if (is_new) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(
      path, ": second evaluation record of ", DescribeKey(key), ", suite ",
      found->second.record.suite(), "; the first is ", found->second.path));
}

absl::Status RecordCollector::AddNtk(Ntk entry) {
  const NtkRecord& record = entry.record;
  const std::string& path = entry.path;
  ROBBENCH_RETURN_IF_ERROR(Agree(path, "spec", record.spec()));
  ROBBENCH_RETURN_IF_ERROR(
      Agree(path, "from_weights", record.from_weights() ? "true" : "false"));
  std::vector<std::string> kernels;
  for (const KernelScore& score : record.scores()) {
    kernels.push_back(score.kernel());
    if (score.eigenvalue_ratio_size() != record.spec().ratio_size()) {
      return FieldError(
          path, absl::StrCat("scores[", score.kernel(), "].eigenvalue_ratio"),
          absl::StrCat(record.spec().ratio_size(), ", one a spec.ratio"),
          absl::StrCat(score.eigenvalue_ratio_size()));
    }
    for (const auto& [name, value] : ScoresOf(record.spec(), score)) {
      if (std::isnan(value)) {
        return FieldError(path,
                          absl::StrCat("scores[", score.kernel(), "].", name),
                          "a number", "NaN");
      }
    }
  }
  if (std::set<std::string>(kernels.begin(), kernels.end()).size() !=
          kernels.size() ||
      kernels.empty()) {
    return FieldError(path, "scores", "each kernel once, at least one",
                      absl::StrJoin(kernels, " "));
  }
  ROBBENCH_RETURN_IF_ERROR(Agree(path, "kernels", absl::StrJoin(kernels, " ")));
  const CellSeed key(record.cell().index(), record.seed());
  const auto [found, is_new] = ntks_.emplace(key, std::move(entry));
  if (is_new) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat(path, ": second NTK record of ", DescribeKey(key),
                   "; the first is ", found->second.path));
}

std::vector<RecordCollector::Place> RecordCollector::MissingRecords() const {
  // With seeds left free, every cell still needs all kinds of records; a suite
  // may be for some of the seeds only, as AutoAttack in the paper.
  std::set<CellSeed> wanted;
  std::set<uint32_t> cells, seeds, ntk_seeds;
  std::map<std::string, std::set<uint32_t>> suite_seeds;
  std::set<uint32_t> evaluated_seeds;
  const auto note = [&](const Place& place) {
    cells.insert(place.run.first);
    if (place.kind == RecordSource::NTK) {
      ntk_seeds.insert(place.run.second);
      return;
    }
    wanted.insert(place.run);
    seeds.insert(place.run.second);
    if (place.kind != RecordSource::EVALUATION) return;
    suite_seeds[place.suite].insert(place.run.second);
    evaluated_seeds.insert(place.run.second);
  };
  std::set<Place> there;
  for (const auto& [key, entry] : trainings_) {
    there.insert({key, RecordSource::TRAINING, ""});
  }
  for (const auto& [suite, entries] : evaluations_) {
    for (const auto& [key, entry] : entries) {
      there.insert({key, RecordSource::EVALUATION, suite});
    }
  }
  for (const auto& [key, entry] : ntks_) {
    there.insert({key, RecordSource::NTK, ""});
  }
  for (const Place& place : there) note(place);
  for (const auto& [place, failure] : failures_) note(place);

  std::vector<Place> missing;
  const auto need = [&](const Place& place) {
    if (!there.contains(place)) missing.push_back(place);
  };
  std::set<CellSeed> ntk_wanted;
  if (!options_.allow_fewer_seeds) {
    for (const uint32_t cell : cells) {
      for (const uint32_t seed : seeds) wanted.emplace(cell, seed);
      for (const uint32_t seed : ntk_seeds) ntk_wanted.emplace(cell, seed);
    }
  }
  for (const CellSeed& key : wanted) {
    need({key, RecordSource::TRAINING, ""});
    if (!suite_seeds.empty() && !evaluated_seeds.contains(key.second)) {
      missing.push_back({key, RecordSource::EVALUATION, ""});
    }
    for (const auto& [suite, its_seeds] : suite_seeds) {
      if (its_seeds.contains(key.second)) {
        need({key, RecordSource::EVALUATION, suite});
      }
    }
  }
  for (const CellSeed& key : ntk_wanted) need({key, RecordSource::NTK, ""});
  if (options_.allow_fewer_seeds) {
    std::set<uint32_t> trained, scored;
    for (const auto& [key, entry] : trainings_) trained.insert(key.first);
    for (const auto& [key, entry] : ntks_) scored.insert(key.first);
    for (const uint32_t cell : cells) {
      if (!trained.contains(cell)) {
        missing.push_back({{cell, 0}, RecordSource::TRAINING, ""});
      }
      if (!scored.empty() && !scored.contains(cell)) {
        missing.push_back({{cell, 0}, RecordSource::NTK, ""});
      }
    }
  }
  for (const auto& [place, failure] : failures_) missing.push_back(place);
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  return missing;
}

absl::Status RecordCollector::CheckComplete() const {
  std::vector<std::string> missing;
  if (trainings_.empty()) missing.push_back("any training record");
  if (evaluations_.empty()) missing.push_back("any evaluation record");
  if (!options_.allow_missing) {
    for (const Place& place : MissingRecords()) {
      missing.push_back(DescribePlace(place.kind, place.run, place.suite));
      const auto failure = failures_.find(place);
      if (failure == failures_.end()) continue;
      absl::StrAppend(&missing.back(), " (", failure->second.path,
                      " says that it failed: ", failure->second.reason, ")");
    }
  }
  if (missing.empty()) return absl::OkStatus();
  std::string message =
      absl::StrCat("records of ", spec_.name(), " are missing: ");
  const size_t named = std::min<size_t>(missing.size(), kNamedAtMost);
  absl::StrAppend(
      &message, absl::StrJoin(missing.begin(), missing.begin() + named, "; "));
  if (missing.size() > named) {
    absl::StrAppend(&message, "; and ", missing.size() - named, " more");
  }
  if (!failures_.empty() && !options_.allow_missing) {
    absl::StrAppend(&message,
                    ". collect --allow_missing, --//tools:allow_missing under "
                    "Bazel, makes a table without them");
  }
  return absl::FailedPreconditionError(message);
}

absl::Status RecordCollector::CheckWeights() const {
  for (const auto& [suite, entries] : evaluations_) {
    for (const auto& [key, entry] : entries) {
      if (!trainings_.contains(key)) continue;  // a gap
      const TrainRecord& training = trainings_.at(key).record;
      const std::string found =
          InputOfRole(entry.record.provenance(), "weights");
      if (found != training.weights_sha256()) {
        return FieldError(
            entry.path, "provenance.inputs[weights].sha256",
            absl::StrCat(training.weights_sha256(), " (weights_sha256 of ",
                         trainings_.at(key).path, ")"),
            found.empty() ? "none" : found);
      }
    }
  }
  return absl::OkStatus();
}

void RecordCollector::AddAccuracies(Table& table) const {
  std::set<std::string> done;
  for (const auto& [suite, entries] : evaluations_) {
    const EvaluationRecord& first = entries.begin()->second.record;
    for (int a = 0; a < first.attacks_size(); ++a) {
      const AttackResult& attack = first.attacks(a);
      if (!done.insert(attack.name()).second) continue;
      Column& column = *table.add_columns();
      column.mutable_key()->set_dataset(spec_.name());
      column.mutable_key()->set_metric(attack.name());
      column.set_kind(Column::ACCURACY);
      *column.mutable_attack() = attack.attack();
      column.set_images(attack.total());
      std::map<uint32_t, std::map<int, double>> values;
      // Means are taken over counts, so that they are rounded once.
      std::vector<int64_t> correct(table.cells_size(), 0);
      std::vector<int64_t> total(table.cells_size(), 0);
      for (const auto& [key, entry] : entries) {
        const AttackResult& result = entry.record.attacks(a);
        const int cell = PositionOf(table, key.first);
        values[key.second][cell] =
            static_cast<double>(result.correct()) / result.total();
        correct[cell] += result.correct();
        total[cell] += result.total();
      }
      Fill(values, table.cells_size(), column);
      for (int i = 0; i < table.cells_size(); ++i) {
        if (total[i] == 0) continue;
        column.set_mean(i, static_cast<double>(correct[i]) / total[i]);
      }
    }
  }
}

void RecordCollector::AddNtkScores(Table& table) const {
  if (ntks_.empty()) return;
  const NtkRecord& first = ntks_.begin()->second.record;
  for (int k = 0; k < first.scores_size(); ++k) {
    const KernelScore& kernel = first.scores(k);
    const auto scores = ScoresOf(first.spec(), kernel);
    for (size_t s = 0; s < scores.size(); ++s) {
      const std::string& name = scores[s].first;
      Column& column = *table.add_columns();
      column.mutable_key()->set_dataset(spec_.name());
      column.mutable_key()->set_metric(NtkMetric(kernel.kernel(), name));
      column.set_kind(Column::NTK_SCORE);
      column.set_kernel(kernel.kernel());
      column.set_score(name);
      column.set_kernel_kind(kernel.kind());
      if (kernel.has_epsilon()) column.set_epsilon(kernel.epsilon());
      if (kernel.has_mix()) column.set_mix(kernel.mix());
      std::map<uint32_t, std::map<int, double>> values;
      for (const auto& [key, entry] : ntks_) {
        values[key.second][PositionOf(table, key.first)] =
            ScoresOf(first.spec(), entry.record.scores(k))[s].second;
      }
      Fill(values, table.cells_size(), column);
    }
  }
}

void RecordCollector::AddCosts(Table& table) const {
  const auto add = [&](const char* name, auto value) {
    Column& column = *table.add_columns();
    column.mutable_key()->set_dataset(spec_.name());
    column.mutable_key()->set_metric(name);
    column.set_kind(Column::COST);
    column.mutable_mean()->Resize(table.cells_size(), kMissing);
    for (const auto& [key, entry] : trainings_) {
      column.set_mean(PositionOf(table, key.first), value(entry.record));
    }
  };
  add("multiply_adds",
      [](const TrainRecord& record) { return record.multiply_adds(); });
  add("parameters",
      [](const TrainRecord& record) { return record.parameters(); });
}

void RecordCollector::AddGaps(Table& table) const {
  for (const Place& place : MissingRecords()) {
    Gap& gap = *table.add_gaps();
    gap.set_dataset(spec_.name());
    *gap.mutable_cell() = MakeCellIdentity(*Cell::FromIndex(place.run.first));
    gap.set_seed(place.run.second);
    gap.set_kind(place.kind);
    if (!place.suite.empty()) gap.set_suite(place.suite);
    const auto failure = failures_.find(place);
    if (failure == failures_.end()) {
      gap.set_reason("there is no record");
      continue;
    }
    gap.set_reason(failure->second.reason);
    gap.set_record_sha256(failure->second.sha256);
  }
}

void RecordCollector::AddInputs(Table& table) const {
  std::set<std::pair<std::string, std::string>> inputs;
  const auto note = [&](const Provenance& provenance) {
    for (const InputDigest& input : provenance.inputs()) {
      inputs.emplace(input.role(), input.sha256());
    }
  };
  for (const auto& [key, entry] : trainings_) note(entry.record.provenance());
  for (const auto& [suite, entries] : evaluations_) {
    for (const auto& [key, entry] : entries) note(entry.record.provenance());
  }
  for (const auto& [key, entry] : ntks_) note(entry.record.provenance());
  for (const auto& [role, sha256] : inputs) {
    InputDigest& input = *table.add_inputs();
    input.set_role(role);
    input.set_sha256(sha256);
  }
}

void RecordCollector::AddRuns(Table& table) const {
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
  for (const auto& [key, entry] : trainings_) keys.insert(key);
  for (const auto& [suite, entries] : evaluations_) {
    for (const auto& [key, entry] : entries) keys.insert(key);
  }
  for (const auto& [key, entry] : ntks_) keys.insert(key);
  for (const CellSeed& key : keys) {
    CellRun& run = *table.add_runs();
    run.set_dataset(spec_.name());
    run.set_cell(PositionOf(table, key.first));
    run.set_seed(key.second);
    if (const auto found = trainings_.find(key); found != trainings_.end()) {
      const TrainRecord& record = found->second.record;
      add(found->second, RecordSource::TRAINING, run);
      run.set_final_loss(record.epochs(0).loss());
      run.set_final_accuracy(record.epochs(0).accuracy());
      run.set_weights_sha256(record.weights_sha256());
    }
    for (const auto& [suite, entries] : evaluations_) {
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
    if (const auto found = ntks_.find(key); found != ntks_.end()) {
      *add(found->second, RecordSource::NTK, run).mutable_flags() =
          found->second.record.flags();
    }
  }
}

absl::StatusOr<Table> RecordCollector::Finish() {
  ROBBENCH_RETURN_IF_ERROR(CheckComplete());
  ROBBENCH_RETURN_IF_ERROR(CheckWeights());
  Table table;
  // The digest of all records does not depend on the order of their names.
  std::sort(digests_.begin(), digests_.end());
  const std::string records = absl::StrJoin(digests_, "\n") + "\n";
  *table.mutable_provenance() =
      MakeProvenance("analysis:collect", /*numeric_profile=*/"",
                     {{"dataset_spec", spec_bytes_}, {"records", records}});

  const TrainRecord& training = trainings_.begin()->second.record;
  Benchmark& benchmark = *table.add_benchmarks();
  benchmark.mutable_dataset()->set_name(spec_.name());
  benchmark.mutable_dataset()->set_classes(spec_.classes());
  *benchmark.mutable_dataset()->mutable_spec() = spec_;
  benchmark.set_dataset_sha256(InputOfRole(training.provenance(), "dataset"));
  benchmark.set_numeric_profile(training.provenance().numeric_profile());
  *benchmark.mutable_recipe() = training.recipe();
  benchmark.set_train_images(training.train_images());
  for (const auto& [suite, entries] : evaluations_) {
    benchmark.add_suites(suite);
  }
  if (!ntks_.empty()) {
    const NtkRecord& ntk = ntks_.begin()->second.record;
    *benchmark.mutable_ntk() = ntk.spec();
    benchmark.set_ntk_from_weights(ntk.from_weights());
  }

  std::set<uint32_t> cells;
  for (const auto& [key, entry] : trainings_) cells.insert(key.first);
  // Of these not every one is trained where records may be missing.
  for (const auto& [suite, entries] : evaluations_) {
    for (const auto& [key, entry] : entries) cells.insert(key.first);
  }
  for (const auto& [key, entry] : ntks_) cells.insert(key.first);
  for (const uint32_t index : cells) {
    *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
  }
  AddAccuracies(table);
  AddNtkScores(table);
  AddCosts(table);
  AddInputs(table);
  AddRuns(table);
  if (options_.allow_missing) AddGaps(table);
  return table;
}

}  // namespace robbench
