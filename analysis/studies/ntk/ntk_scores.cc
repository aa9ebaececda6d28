#include "analysis/studies/ntk/ntk_scores.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/collect/collected_records.h"
#include "analysis/table/predictor_scores.h"
#include "google/protobuf/util/message_differencer.h"
#include "nas/base/field_error.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "ntk/ntk.pb.h"

namespace robbench {
namespace {

using ::google::protobuf::util::MessageDifferencer;

// Rounds to four significant digits, which is what all later steps see.
double Rounded(double value) {
  double rounded = value;
  if (std::isfinite(value) &&
      !absl::SimpleAtod(absl::StrFormat("%.3e", value), &rounded)) {
    return value;
  }
  return rounded;
}

// Returns the names of a record's kernels and scores, without the numbers.
std::vector<NtkScoreName> NamesOf(const NtkRecord& record) {
  std::vector<NtkScoreName> names;
  for (const KernelScore& kernel : record.scores()) {
    for (const std::string& score : ScoreNames(record.spec())) {
      NtkScoreName& name = names.emplace_back();
      name.set_kernel(kernel.kernel());
      name.set_kind(kernel.kind());
      if (kernel.has_epsilon()) name.set_epsilon(kernel.epsilon());
      if (kernel.has_mix()) name.set_mix(kernel.mix());
      name.set_score(score);
    }
  }
  return names;
}

// Returns the value of every name of NamesOf.
std::vector<double> ValuesOf(const NtkRecord& record) {
  std::vector<double> values;
  for (const KernelScore& kernel : record.scores()) {
    const std::vector<double> scores = ScoreValues(kernel);
    values.insert(values.end(), scores.begin(), scores.end());
  }
  return values;
}

// Checks what an NTK record must have besides what ReadScoreRecords checks.
absl::Status CheckNtkRecord(const RecordComparison& comparison,
                            const std::string& path, const NtkRecord& first,
                            const NtkRecord& record) {
  for (const KernelScore& kernel : record.scores()) {
    if (kernel.eigenvalue_ratio_size() != record.spec().ratio_size()) {
      return FieldError(path, "scores.eigenvalue_ratio",
                        absl::StrCat(record.spec().ratio_size(), " values"),
                        absl::StrCat(kernel.eigenvalue_ratio_size()));
    }
  }
  const auto expected = NamesOf(first), found = NamesOf(record);
  const bool same = std::equal(expected.begin(), expected.end(), found.begin(),
                               found.end(), [](const auto& a, const auto& b) {
                                 return MessageDifferencer::Equals(a, b);
                               });
  if (!same) {
    return comparison.Refuse("scores",
                             absl::StrCat("the same ", expected.size()),
                             absl::StrCat("other ", found.size()));
  }
  if (record.from_weights()) {
    return FieldError(path, "from_weights", "false", "true");
  }
  const std::vector<double> values = ValuesOf(record);
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      return FieldError(
          path,
          absl::StrCat("scores[", found[i].kernel(), "].", found[i].score()),
          "a number", "NaN");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NtkScores> CollectNtkScores(const std::string& setting,
                                           const RecordFiles& files) {
  ROBBENCH_ASSIGN_OR_RETURN(const ScoreRecords<NtkRecord> records,
                            ReadScoreRecords<NtkRecord>(files, CheckNtkRecord));
  auto result =
      ScoresWithoutColumns<NtkScores>("analysis:collect_ntk_scores", records);
  result.set_setting(setting);
  const std::vector<NtkScoreName> names = NamesOf(records.first());
  for (size_t c = 0; c < names.size(); ++c) {
    NtkScoreColumn& column = *result.add_columns();
    *column.mutable_name() = names[c];
    // The values of the live cells, by seed.
    std::vector<std::vector<double>> of_seed(records.seeds.size());
    for (const auto& [cell, by_seed] : records.by_cell) {
      double sum = 0;
      size_t seed = 0;
      for (const auto& [_, record] : by_seed) {
        const double value = ValuesOf(record)[c];
        sum += value;
        if (!records.dead_cells.contains(cell)) of_seed[seed].push_back(value);
        ++seed;
      }
      if (std::isnan(sum)) {
        return FieldError(
            "records", absl::StrCat(names[c].kernel(), ".", names[c].score()),
            "infinities of one sign", absl::StrCat("both at cell ", cell));
      }
      column.add_value(Rounded(sum / by_seed.size()));
    }
    if (const auto agreement = AgreementOfSeeds(of_seed)) {
      column.set_seed_agreement(Rounded(*agreement));
    }
  }
  return result;
}

absl::Status CheckNtkScores(const std::string& path, const NtkScores& scores) {
  ROBBENCH_RETURN_IF_ERROR(CheckSchema(path, scores.provenance()));
  ROBBENCH_RETURN_IF_ERROR(CheckScoredCells(
      path, scores.cells(), scores.dead_cells(), scores.seeds()));
  for (const NtkScoreColumn& column : scores.columns()) {
    const std::string field = absl::StrCat("columns[", column.name().kernel(),
                                           " ", column.name().score(), "]");
    if (column.value_size() != scores.cells_size()) {
      return FieldError(path, field,
                        absl::StrCat(scores.cells_size(), " values"),
                        absl::StrCat(column.value_size()));
    }
    for (const double value : column.value()) {
      if (std::isnan(value)) return FieldError(path, field, "numbers", "NaN");
    }
  }
  return absl::OkStatus();
}

}  // namespace robbench
