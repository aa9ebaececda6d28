#include "analysis/collect/record_collector.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <type_traits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/collect/collected_table.h"
#include "analysis/collect/record_shard.h"
#include "analysis/table/table_names.h"
#include "google/protobuf/util/message_differencer.h"
#include "nas/base/attack_name.h"
#include "nas/base/field_error.h"
#include "nas/base/name.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/cell_identity.h"

namespace robbench {
namespace {

using google::protobuf::util::MessageDifferencer;

constexpr int kNamedAtMost = 10;

std::string Describe(const CellIdentity& cell, uint32_t seed) {
  return absl::StrCat("cell ", cell.index(), " (", cell.code(), "), seed ",
                      seed);
}

std::string DescribeKey(std::pair<uint32_t, uint32_t> key) {
  return Describe(MakeCellIdentity(*Cell::FromIndex(key.first)), key.second);
}

// Says "evaluation record of cell 2581 (323133), seed 0, suite paper".
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
  std::string bytes = SerializeRecord(value);
  AgreedMessage& first = agreed_messages_[field];
  if (first.message == nullptr) {
    first.path = path;
    first.message.reset(value.New());
    first.message->CopyFrom(value);
    first.bytes = std::move(bytes);
    return absl::OkStatus();
  }
  if (bytes == first.bytes) return absl::OkStatus();
  std::string differences;
  MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&differences);
  if (differencer.Compare(*first.message, value)) return absl::OkStatus();
  absl::StripAsciiWhitespace(&differences);
  return FieldError(path, field, absl::StrCat("the same as in ", first.path),
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
  ROBBENCH_ASSIGN_OR_RETURN(CollectedRecord record,
                            ReadCollectedRecord(path, bytes));
  return Add(std::move(record));
}

absl::Status RecordCollector::Add(CollectedRecord record) {
  // Checks what all kinds have, then adds the record by its kind.
  const auto add = [&](auto& message, auto method) -> absl::Status {
    ROBBENCH_RETURN_IF_ERROR(CheckSchema(record.path(), message.provenance()));
    ROBBENCH_RETURN_IF_ERROR(CheckCommon(record.path(), message));
    digests_.push_back(record.sha256());
    CollectedEntry<std::decay_t<decltype(message)>> entry;
    entry.path = record.path();
    entry.sha256 = record.sha256();
    entry.losses.assign(record.losses().begin(), record.losses().end());
    entry.record.Swap(&message);
    if (entry.record.has_failed()) return AddFailure(entry);
    return (this->*method)(std::move(entry));
  };
  switch (record.record_case()) {
    case CollectedRecord::kTraining:
      return add(*record.mutable_training(), &RecordCollector::AddTraining);
    case CollectedRecord::kEvaluation:
      return add(*record.mutable_evaluation(), &RecordCollector::AddEvaluation);
    case CollectedRecord::kNtk:
      return add(*record.mutable_ntk(), &RecordCollector::AddNtk);
    case CollectedRecord::RECORD_NOT_SET:
      break;
  }
  return FieldError(record.path(), "record", "training, evaluation or ntk",
                    "none");
}

template <typename T>
absl::Status RecordCollector::AddFailure(const CollectedEntry<T>& entry) {
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

absl::Status RecordCollector::AddTraining(CollectedEntry<TrainRecord> entry) {
  const TrainRecord& record = entry.record;
  const std::string& path = entry.path;
  if (record.epochs().empty()) {
    return FieldError(path, "epochs", "at least one", "none");
  }
  if (entry.losses.empty()) {
    return FieldError(path, "losses", "one an epoch", "none");
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
  const CellSeed key(record.cell().index(), record.seed());
  const auto [found, is_new] =
      records_.trainings.try_emplace(key, std::move(entry));
  if (is_new) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat(path, ": second training record of ", DescribeKey(key),
                   "; the first is ", found->second.path));
}

absl::Status RecordCollector::AddEvaluation(
    CollectedEntry<EvaluationRecord> entry) {
  const EvaluationRecord& record = entry.record;
  const std::string& path = entry.path;
  if (record.attacks().empty()) {
    return FieldError(path, "attacks", "at least one", "none");
  }
  ROBBENCH_RETURN_IF_ERROR(Agree(path, "skeleton", record.skeleton()));
  ROBBENCH_RETURN_IF_ERROR(CheckName(path, "suite", record.suite()));
  std::vector<std::string> names;
  for (const AttackResult& result : record.attacks()) {
    ROBBENCH_RETURN_IF_ERROR(
        CheckAttackName(path, "attacks.name", result.name()));
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
    // A metric that two suites have must have the same result in both.
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
      records_.evaluations[record.suite()].try_emplace(key, std::move(entry));
  if (is_new) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(
      path, ": second evaluation record of ", DescribeKey(key), ", suite ",
      found->second.record.suite(), "; the first is ", found->second.path));
}

absl::Status RecordCollector::AddNtk(CollectedEntry<NtkRecord> entry) {
  const NtkRecord& record = entry.record;
  const std::string& path = entry.path;
  ROBBENCH_RETURN_IF_ERROR(Agree(path, "spec", record.spec()));
  ROBBENCH_RETURN_IF_ERROR(
      Agree(path, "from_weights", record.from_weights() ? "true" : "false"));
  std::vector<std::string> kernels;
  for (const KernelScore& score : record.scores()) {
    ROBBENCH_RETURN_IF_ERROR(CheckName(path, "scores.kernel", score.kernel()));
    kernels.push_back(score.kernel());
    if (score.eigenvalue_ratio_size() != record.spec().ratio_size()) {
      return FieldError(
          path, absl::StrCat("scores[", score.kernel(), "].eigenvalue_ratio"),
          absl::StrCat(record.spec().ratio_size(), ", one a spec.ratio"),
          absl::StrCat(score.eigenvalue_ratio_size()));
    }
    const std::vector<double> values = ScoreValues(score);
    for (size_t s = 0; s < values.size(); ++s) {
      if (!std::isnan(values[s])) continue;
      return FieldError(path,
                        absl::StrCat("scores[", score.kernel(), "].",
                                     ScoreNames(record.spec())[s]),
                        "a number", "NaN");
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
  const auto [found, is_new] = records_.ntks.try_emplace(key, std::move(entry));
  if (is_new) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat(path, ": second NTK record of ", DescribeKey(key),
                   "; the first is ", found->second.path));
}

std::vector<RecordCollector::Place> RecordCollector::MissingRecords() const {
  // If the seeds are left free, every cell still needs all kinds of records. A
  // suite may be run for some of the seeds only, as AutoAttack in the paper.
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
  for (const auto& [key, entry] : records_.trainings) {
    there.insert({key, RecordSource::TRAINING, ""});
  }
  for (const auto& [suite, entries] : records_.evaluations) {
    for (const auto& [key, entry] : entries) {
      there.insert({key, RecordSource::EVALUATION, suite});
    }
  }
  for (const auto& [key, entry] : records_.ntks) {
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
    for (const auto& [key, entry] : records_.trainings)
      trained.insert(key.first);
    for (const auto& [key, entry] : records_.ntks) scored.insert(key.first);
    // The gap belongs to no seed in particular, so the first seed that other
    // cells have stands for it.
    for (const uint32_t cell : cells) {
      if (!trained.contains(cell)) {
        const uint32_t seed = seeds.empty() ? 0 : *seeds.begin();
        missing.push_back({{cell, seed}, RecordSource::TRAINING, ""});
      }
      if (!scored.empty() && !scored.contains(cell)) {
        missing.push_back({{cell, *ntk_seeds.begin()}, RecordSource::NTK, ""});
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
  if (records_.trainings.empty()) missing.push_back("any training record");
  if (records_.evaluations.empty()) missing.push_back("any evaluation record");
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
  for (const auto& [suite, entries] : records_.evaluations) {
    for (const auto& [key, entry] : entries) {
      if (!records_.trainings.contains(key)) continue;  // a gap
      const TrainRecord& training = records_.trainings.at(key).record;
      const std::string found =
          InputOfRole(entry.record.provenance(), "weights");
      if (found != training.weights_sha256()) {
        return FieldError(
            entry.path, "provenance.inputs[weights].sha256",
            absl::StrCat(training.weights_sha256(), " (weights_sha256 of ",
                         records_.trainings.at(key).path, ")"),
            found.empty() ? "none" : found);
      }
    }
  }
  return absl::OkStatus();
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
absl::StatusOr<Table> RecordCollector::Finish() {
  ROBBENCH_RETURN_IF_ERROR(CheckComplete());
  ROBBENCH_RETURN_IF_ERROR(CheckWeights());
  Table table = MakeCollectedTable(spec_, records_);
  // Only here are names of attacks of different suites compared.
  ROBBENCH_RETURN_IF_ERROR(CheckTableNames("the collected table", table));
  // The digest of all records does not depend on the order of their names.
  std::sort(digests_.begin(), digests_.end());
  const std::string records = absl::StrJoin(digests_, "\n") + "\n";
  *table.mutable_provenance() =
      MakeProvenance("analysis:collect", /*numeric_profile=*/"",
                     {{"dataset_spec", spec_bytes_}, {"records", records}});
  if (options_.allow_missing) AddGaps(table);
  return table;
}

}  // namespace robbench
