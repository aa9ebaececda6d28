#include "analysis/studies/predictor/predictor_scores.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/statistics/rank_statistics.h"
#include "analysis/studies/predictor/predictor_cost.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "nas/base/digest.h"
#include "nas/base/field_error.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "ntk/proxies/proxies.pb.h"

namespace robbench {
namespace {

using ::google::protobuf::util::MessageDifferencer;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// To six significant digits, as all that follows sees the value.
double Rounded(double value) {
  double rounded = value;
  if (!absl::SimpleAtod(absl::StrFormat("%.5e", value), &rounded)) return value;
  return rounded;
}

std::string NamesOf(const ProxyRecord& record) {
  return absl::StrJoin(
      record.scores(), ", ", [](std::string* out, const ProxyScore& score) {
        absl::StrAppend(out, PredictorText(score.score(), score.images()));
      });
}

// Everything that has to be the same in all records.
absl::Status CheckAlike(const std::string& first_path, const ProxyRecord& first,
                        const std::string& path, const ProxyRecord& record) {
  const auto refuse = [&](const char* field, const std::string& expected,
                          const std::string& found) {
    return FieldError(path, field,
                      absl::StrCat(expected, " (as in ", first_path, ")"),
                      found);
  };
  if (record.dataset() != first.dataset()) {
    return refuse("dataset", first.dataset(), record.dataset());
  }
  if (!MessageDifferencer::Equals(record.spec(), first.spec())) {
    return refuse("spec", first.spec().ShortDebugString(),
                  record.spec().ShortDebugString());
  }
  if (!MessageDifferencer::Equals(record.provenance(), first.provenance())) {
    return refuse("provenance", first.provenance().ShortDebugString(),
                  record.provenance().ShortDebugString());
  }
  if (NamesOf(record) != NamesOf(first)) {
    return refuse("scores", NamesOf(first), NamesOf(record));
  }
  return absl::OkStatus();
}

bool IsDead(const ProxyRecord& record) {
  return std::find(record.flags().begin(), record.flags().end(), "dead_cell") !=
         record.flags().end();
}

// One score of all cells: by cell, then by seed.
using SeedValues = std::map<uint32_t, std::map<uint32_t, double>>;

// Spearman's coefficient between two seeds, averaged over all pairs of them.
std::optional<double> SeedAgreement(const SeedValues& values,
                                    const std::set<uint32_t>& seeds,
                                    const std::set<uint32_t>& dead) {
  double sum = 0;
  int pairs = 0;
  for (auto a = seeds.begin(); a != seeds.end(); ++a) {
    for (auto b = std::next(a); b != seeds.end(); ++b) {
      std::vector<double> x, y;
      for (const auto& [cell, by_seed] : values) {
        const double first = by_seed.at(*a), second = by_seed.at(*b);
        if (dead.contains(cell) || !std::isfinite(first) ||
            !std::isfinite(second)) {
          continue;
        }
        x.push_back(first);
        y.push_back(second);
      }
      if (const auto found = Spearman(x, y)) {
        sum += *found;
        ++pairs;
      }
    }
  }
  if (pairs == 0) return std::nullopt;
  return sum / pairs;
}

PredictorColumn MakeColumn(const ProxyScore& name, const SeedValues& values,
                           const std::set<uint32_t>& seeds,
                           const std::set<uint32_t>& dead) {
  PredictorColumn column;
  column.set_score(name.score());
  if (name.has_images()) column.set_images(name.images());
  const bool is_count = IsCount(name.score());
  uint32_t left_out = 0;
  for (const auto& [cell, by_seed] : values) {
    double sum = 0;
    int finite = 0;
    for (const auto& [seed, value] : by_seed) {
      if (std::isfinite(value)) {
        sum += value;
        ++finite;
      } else if (!dead.contains(cell)) {
        ++left_out;
      }
    }
    const double mean = finite == 0 ? kNaN : sum / finite;
    column.add_value(is_count || finite == 0 ? mean : Rounded(mean));
  }
  column.set_left_out_records(left_out);
  if (is_count) return column;
  if (const auto agreement = SeedAgreement(values, seeds, dead)) {
    column.set_seed_agreement(Rounded(*agreement));
  }
  return column;
}

}  // namespace

std::string PredictorText(const std::string& score, const std::string& images) {
  return images.empty() ? score : absl::StrCat(score, " of ", images);
}

absl::StatusOr<PredictorScores> CollectPredictorScores(
    const std::vector<std::pair<std::string, std::string>>& files) {
  if (files.empty()) {
    return absl::InvalidArgumentError("records: expected some, found none");
  }
  std::optional<ProxyRecord> first;
  std::string first_path;
  std::set<std::string> digests;
  std::set<uint32_t> seeds, dead;
  std::map<std::string, uint32_t> flags;
  // By cell and seed, so that sums do not depend on the order of the files.
  std::map<uint32_t, std::set<uint32_t>> seeds_of;
  std::vector<SeedValues> values;
  for (const auto& [path, bytes] : files) {
    ProxyRecord record;
    ROBBENCH_RETURN_IF_ERROR(ParseRecord(path, bytes, &record));
    ROBBENCH_RETURN_IF_ERROR(CheckSchema(path, record.provenance()));
    if (!first) {
      first = record;
      first_path = path;
      values.resize(record.scores_size());
    }
    ROBBENCH_RETURN_IF_ERROR(CheckAlike(first_path, *first, path, record));
    const uint32_t cell = record.cell().index(), seed = record.seed();
    if (!seeds_of[cell].insert(seed).second) {
      return FieldError(
          path, "cell and seed", "one record of each",
          absl::StrCat("another of cell ", cell, ", seed ", seed));
    }
    for (int s = 0; s < record.scores_size(); ++s) {
      values[s][cell][seed] = record.scores(s).value();
    }
    seeds.insert(seed);
    if (IsDead(record)) dead.insert(cell);
    for (const std::string& flag : record.flags()) ++flags[flag];
    digests.insert(Sha256(bytes));
  }
  PredictorScores result;
  const std::string records = absl::StrCat(absl::StrJoin(digests, "\n"), "\n");
  Provenance& provenance = *result.mutable_provenance();
  provenance = MakeProvenance(
      "analysis/studies/predictor:collect_predictor_scores",
      first->provenance().numeric_profile(), {{"records", records}});
  for (const InputDigest& input : first->provenance().inputs()) {
    *provenance.add_inputs() = input;
  }
  std::sort(provenance.mutable_inputs()->begin(),
            provenance.mutable_inputs()->end(),
            [](const InputDigest& a, const InputDigest& b) {
              return a.role() < b.role();
            });
  result.set_dataset(first->dataset());
  *result.mutable_spec() = first->spec();
  for (const uint32_t seed : seeds) result.add_seeds(seed);
  for (const auto& [cell, of_cell] : seeds_of) {
    if (of_cell != seeds) {
      return FieldError("records", absl::StrCat("seeds of cell ", cell),
                        absl::StrJoin(seeds, ", "),
                        absl::StrJoin(of_cell, ", "));
    }
    result.add_cells(cell);
  }
  for (const uint32_t cell : dead) result.add_dead_cells(cell);
  for (size_t s = 0; s < values.size(); ++s) {
    *result.add_columns() =
        MakeColumn(first->scores(static_cast<int>(s)), values[s], seeds, dead);
  }
  for (const auto& [flag, count] : flags) {
    FlagCount& added = *result.add_flags();
    added.set_flag(flag);
    added.set_records(count);
  }
  return result;
}

std::string PrintPredictorScores(const PredictorScores& scores) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseShortRepeatedPrimitives(true);
  std::string text;
  printer.PrintToString(scores, &text);
  return absl::StrCat(
      "# proto-file: analysis/studies/predictor/predictor_study.proto\n"
      "# proto-message: PredictorScores\n",
      text);
}

absl::Status CheckPredictorScores(const std::string& path,
                                  const PredictorScores& scores) {
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
  std::set<std::string> seen;
  for (const PredictorColumn& column : scores.columns()) {
    const std::string text = PredictorText(column.score(), column.images());
    const std::string field = absl::StrCat("columns[", text, "]");
    if (!IsScoreName(column.score())) {
      return FieldError(path, field, "a score of ntk/proxies/proxies.proto",
                        column.score());
    }
    if (!seen.insert(text).second) {
      return FieldError(path, field, "one column", "another");
    }
    if (column.value_size() != scores.cells_size()) {
      return FieldError(path, field,
                        absl::StrCat(scores.cells_size(), " values"),
                        absl::StrCat(column.value_size()));
    }
    for (const double value : column.value()) {
      if (std::isinf(value) || (std::isnan(value) && IsCount(column.score()))) {
        return FieldError(path, field, "finite values", absl::StrCat(value));
      }
    }
  }
  for (const char* count : {"parameters", "multiply_adds"}) {
    if (!seen.contains(count)) {
      return FieldError(path, "columns", count, "none");
    }
  }
  return absl::OkStatus();
}

}  // namespace robbench
