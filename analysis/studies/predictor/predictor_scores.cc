#include "analysis/studies/predictor/predictor_scores.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/table/predictor_name.h"
#include "analysis/table/predictor_scores.h"
#include "nas/base/status_macros.h"
#include "ntk/proxies/proxies.pb.h"

namespace robbench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Rounds to six significant digits, which is what all later steps see.
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

// Returns the column of the score at position `s` of every record.
PredictorColumn MakeColumn(const ScoreRecords<ProxyRecord>& records, int s) {
  const ProxyScore& name = records.first().scores(s);
  PredictorColumn column;
  column.set_score(name.score());
  if (name.has_images()) column.set_images(name.images());
  const bool is_count = IsCount(name.score());
  uint32_t left_out = 0;
  // Holds the values of the live cells, NaN where one is not finite.
  std::vector<std::vector<double>> of_seed(records.seeds.size());
  for (const auto& [cell, by_seed] : records.by_cell) {
    const bool is_dead = records.dead_cells.contains(cell);
    double sum = 0;
    int finite = 0;
    size_t seed = 0;
    for (const auto& [_, record] : by_seed) {
      const double value = record.scores(s).value();
      const bool is_finite = std::isfinite(value);
      if (is_finite) {
        sum += value;
        ++finite;
      } else if (!is_dead) {
        ++left_out;
      }
      if (!is_dead) of_seed[seed].push_back(is_finite ? value : kNaN);
      ++seed;
    }
    const double mean = finite == 0 ? kNaN : sum / finite;
    column.add_value(is_count || finite == 0 ? mean : Rounded(mean));
  }
  column.set_left_out_records(left_out);
  if (is_count) return column;
  if (const auto agreement = AgreementOfSeeds(of_seed)) {
    column.set_seed_agreement(Rounded(*agreement));
  }
  return column;
}

}  // namespace

absl::StatusOr<PredictorScores> CollectPredictorScores(
    const RecordFiles& files) {
  ROBBENCH_ASSIGN_OR_RETURN(
      const ScoreRecords<ProxyRecord> records,
      ReadScoreRecords<ProxyRecord>(
          files, [](const RecordComparison& comparison, const std::string&,
                    const ProxyRecord& first, const ProxyRecord& record) {
            return NamesOf(record) == NamesOf(first)
                       ? absl::OkStatus()
                       : comparison.Refuse("scores", NamesOf(first),
                                           NamesOf(record));
          }));
  auto result = ScoresWithoutColumns<PredictorScores>(
      "analysis/studies/predictor:collect_predictor_scores", records);
  for (int s = 0; s < records.first().scores_size(); ++s) {
    *result.add_columns() = MakeColumn(records, s);
  }
  std::map<std::string, uint32_t> flags;
  for (const auto& [cell, by_seed] : records.by_cell) {
    for (const auto& [seed, record] : by_seed) {
      for (const std::string& flag : record.flags()) ++flags[flag];
    }
  }
  for (const auto& [flag, count] : flags) {
    FlagCount& added = *result.add_flags();
    added.set_flag(flag);
    added.set_records(count);
  }
  return result;
}

}  // namespace robbench
