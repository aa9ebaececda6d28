#include "analysis/studies/ntk/ntk_scores.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/collect/collected_records.h"
#include "analysis/statistics/rank_statistics.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "nas/base/digest.h"
#include "nas/base/field_error.h"
#include "nas/base/provenance.pb.h"
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

// The names of a record's kernels and scores, without the numbers.
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

absl::StatusOr<std::vector<double>> ValuesOf(const std::string& path,
                                             const NtkRecord& record) {
  std::vector<double> values;
  for (const KernelScore& kernel : record.scores()) {
    const std::vector<double> scores = ScoreValues(kernel);
    for (size_t s = 0; s < scores.size(); ++s) {
      if (std::isnan(scores[s])) {
        return FieldError(path,
                          absl::StrCat("scores[", kernel.kernel(), "].",
                                       ScoreNames(record.spec())[s]),
                          "a number", "NaN");
      }
      values.push_back(scores[s]);
    }
  }
  return values;
}

// Checks everything that must be the same in all records.
absl::Status CheckAlike(const std::string& first_path, const NtkRecord& first,
                        const std::string& path, const NtkRecord& record) {
  const auto refuse = [&](const char* field, const std::string& expected,
                          const std::string& found) {
    return FieldError(path, field,
                      absl::StrCat(expected, " (as in ", first_path, ")"),
                      found);
  };
  if (record.dataset() != first.dataset()) {
    return refuse("dataset", first.dataset(), record.dataset());
  }
  if (!MessageDifferencer::Equals(record.provenance(), first.provenance())) {
    return refuse("provenance", first.provenance().ShortDebugString(),
                  record.provenance().ShortDebugString());
  }
  if (!MessageDifferencer::Equals(record.spec(), first.spec())) {
    return refuse("spec", first.spec().ShortDebugString(),
                  record.spec().ShortDebugString());
  }
  const auto expected = NamesOf(first), found = NamesOf(record);
  const bool same = std::equal(expected.begin(), expected.end(), found.begin(),
                               found.end(), [](const auto& a, const auto& b) {
                                 return MessageDifferencer::Equals(a, b);
                               });
  if (!same) {
    return refuse("scores", absl::StrCat("the same ", expected.size()),
                  absl::StrCat("other ", found.size()));
  }
  return absl::OkStatus();
}

absl::Status CheckRatios(const std::string& path, const NtkRecord& record) {
  for (const KernelScore& kernel : record.scores()) {
    if (kernel.eigenvalue_ratio_size() != record.spec().ratio_size()) {
      return FieldError(path, "scores.eigenvalue_ratio",
                        absl::StrCat(record.spec().ratio_size(), " values"),
                        absl::StrCat(kernel.eigenvalue_ratio_size()));
    }
  }
  return absl::OkStatus();
}

bool IsDead(const NtkRecord& record) {
  return std::find(record.flags().begin(), record.flags().end(), "dead_cell") !=
         record.flags().end();
}

}  // namespace

absl::StatusOr<NtkScores> CollectNtkScores(
    const std::string& setting,
    const std::vector<std::pair<std::string, std::string>>& files) {
  if (files.empty()) {
    return absl::InvalidArgumentError("records: expected some, found none");
  }
  std::optional<NtkRecord> first;
  std::string first_path;
  std::set<std::string> digests;
  std::set<uint32_t> seeds, dead;
  // The values by cell and seed, so that sums do not depend on the order of the
  // files.
  std::map<uint32_t, std::map<uint32_t, std::vector<double>>> values;
  for (const auto& [path, bytes] : files) {
    NtkRecord record;
    ROBBENCH_RETURN_IF_ERROR(ParseRecord(path, bytes, &record));
    ROBBENCH_RETURN_IF_ERROR(CheckSchema(path, record.provenance()));
    ROBBENCH_RETURN_IF_ERROR(CheckRatios(path, record));
    if (!first) {
      first = record;
      first_path = path;
    }
    ROBBENCH_RETURN_IF_ERROR(CheckAlike(first_path, *first, path, record));
    if (record.from_weights()) {
      return FieldError(path, "from_weights", "false", "true");
    }
    ROBBENCH_ASSIGN_OR_RETURN(std::vector<double> scores,
                              ValuesOf(path, record));
    const uint32_t cell = record.cell().index();
    if (!values[cell].emplace(record.seed(), std::move(scores)).second) {
      return FieldError(
          path, "cell and seed", "one record of each",
          absl::StrCat("another of cell ", cell, ", seed ", record.seed()));
    }
    seeds.insert(record.seed());
    if (IsDead(record)) dead.insert(cell);
    digests.insert(Sha256(bytes));
  }
  NtkScores result;
  const std::string records = absl::StrCat(absl::StrJoin(digests, "\n"), "\n");
  *result.mutable_provenance() = MakeProvenance(
      "analysis:collect_ntk_scores", first->provenance().numeric_profile(),
      {{"records", records}});
  for (const InputDigest& input : first->provenance().inputs()) {
    *result.mutable_provenance()->add_inputs() = input;
  }
  std::sort(result.mutable_provenance()->mutable_inputs()->begin(),
            result.mutable_provenance()->mutable_inputs()->end(),
            [](const InputDigest& a, const InputDigest& b) {
              return a.role() < b.role();
            });
  result.set_setting(setting);
  result.set_dataset(first->dataset());
  *result.mutable_spec() = first->spec();
  for (const uint32_t seed : seeds) result.add_seeds(seed);
  for (const auto& [cell, by_seed] : values) {
    if (by_seed.size() != seeds.size()) {
      return FieldError("records", absl::StrCat("seeds of cell ", cell),
                        absl::StrJoin(seeds, ", "),
                        absl::StrCat(by_seed.size(), " of them"));
    }
    result.add_cells(cell);
  }
  for (const uint32_t cell : dead) result.add_dead_cells(cell);

  const std::vector<NtkScoreName> names = NamesOf(*first);
  for (size_t c = 0; c < names.size(); ++c) {
    NtkScoreColumn& column = *result.add_columns();
    *column.mutable_name() = names[c];
    // The values of the live cells, by seed.
    std::vector<std::vector<double>> of_seed(seeds.size());
    for (const auto& [cell, by_seed] : values) {
      double sum = 0;
      size_t s = 0;
      for (const auto& [seed, scores] : by_seed) {
        sum += scores[c];
        if (!dead.contains(cell)) of_seed[s].push_back(scores[c]);
        ++s;
      }
      if (std::isnan(sum)) {
        return FieldError(
            "records", absl::StrCat(names[c].kernel(), ".", names[c].score()),
            "infinities of one sign", absl::StrCat("both at cell ", cell));
      }
      column.add_value(Rounded(sum / by_seed.size()));
    }
    double agreement = 0;
    int pairs = 0;
    for (size_t a = 0; a < of_seed.size(); ++a) {
      for (size_t b = a + 1; b < of_seed.size(); ++b) {
        const auto found = Spearman(of_seed[a], of_seed[b]);
        if (!found) continue;
        agreement += *found;
        ++pairs;
      }
    }
    if (pairs > 0) column.set_seed_agreement(Rounded(agreement / pairs));
  }
  return result;
}

std::string PrintNtkScores(const NtkScores& scores) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseShortRepeatedPrimitives(true);
  std::string text;
  printer.PrintToString(scores, &text);
  return absl::StrCat(
      "# proto-file: analysis/studies/ntk/ntk_study.proto\n# proto-message: "
      "NtkScores\n",
      text);
}

absl::Status CheckNtkScores(const std::string& path, const NtkScores& scores) {
  ROBBENCH_RETURN_IF_ERROR(CheckSchema(path, scores.provenance()));
  const auto ascending = [](const auto& values) {
    return std::adjacent_find(values.begin(), values.end(),
                              std::greater_equal<uint32_t>()) == values.end();
  };
  for (const auto& [field, values] :
       {std::pair("cells", &scores.cells()),
        std::pair("dead_cells", &scores.dead_cells()),
        std::pair("seeds", &scores.seeds())}) {
    if (!ascending(*values)) {
      return FieldError(path, field, "ascending", "out of order");
    }
  }
  if (!std::includes(scores.cells().begin(), scores.cells().end(),
                     scores.dead_cells().begin(), scores.dead_cells().end())) {
    return FieldError(path, "dead_cells", "some of the cells", "others");
  }
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
