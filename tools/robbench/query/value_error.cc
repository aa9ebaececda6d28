#include "tools/robbench/query/value_error.h"

#include <cmath>
#include <limits>
#include <utility>

#include "analysis/statistics/scatter/twin_scatter.h"
#include "nas/cell.h"
#include "tools/robbench/query/columns.h"

namespace robbench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

ValueError::ValueError(const BenchmarkTable& table, const Twins& twins,
                       const Column& column)
    : table_(table), column_(column) {
  // A score's seeds and networks are not those of a training.
  if (IsExact(column) || column.kind() == Column::PREDICTOR) return;
  seeds_ = MeasureSeedVariance(column);
  if (seeds_) return;
  floor_ = MeasureNoise(twins, column, /*best=*/0);
  if (!floor_) return;
  for (TwinScatter& scatter : MeasureTwinScatter(table, twins, column)) {
    kinds_[scatter.kind()] = std::move(scatter);
  }
}

ValueError::Source ValueError::source() const {
  return IsExact(column_) ? Source::kExact
         : seeds_         ? Source::kSeeds
         : floor_         ? Source::kTwins
                          : Source::kNone;
}

std::optional<double> ValueError::VarianceFromTwins(int position) const {
  const CellKind kind = KindOf(*Cell::FromCode(table_.cell(position).code()));
  if (kind == STEADY) return std::pow(floor_->standard_deviation(), 2);
  const auto scatter = kinds_.find(kind);
  if (scatter == kinds_.end()) return std::nullopt;
  return std::pow(scatter->second.pooled_standard_deviation(), 2);
}

double ValueError::OfDifference(int first, int second) const {
  if (!std::isfinite(column_.mean(first)) ||
      !std::isfinite(column_.mean(second))) {
    return kNaN;
  }
  if (first == second || source() == Source::kExact) return 0;
  if (source() == Source::kSeeds) {
    const int n = ValueOf(column_, first).seeds;
    const int m = ValueOf(column_, second).seeds;
    if (n == 0 || m == 0) return kNaN;
    return std::sqrt(seeds_->variance * (1.0 / n + 1.0 / m));
  }
  if (source() == Source::kNone) return kNaN;
  const auto one = VarianceFromTwins(first), two = VarianceFromTwins(second);
  return one && two ? std::sqrt(*one + *two) : kNaN;
}

const char* SourceName(ValueError::Source source) {
  switch (source) {
    case ValueError::Source::kNone:
      return "";
    case ValueError::Source::kExact:
      return "exact";
    case ValueError::Source::kSeeds:
      return "seeds";
    case ValueError::Source::kTwins:
      return "twins";
  }
  return "";
}

const char* SourceRule(ValueError::Source source) {
  switch (source) {
    case ValueError::Source::kSeeds:
      return "Std. error from the seeds: s sqrt(1/n + 1/m) for means over n "
             "and "
             "m seeds, s the standard deviation of one seed's value, pooled "
             "over "
             "the table's cells.";
    case ValueError::Source::kTwins:
      return "Std. error from twins, as the table has no values by seed: rows "
             "that are one network, trained more than once, typically differ "
             "by "
             "so much; rows of a cell that amplifies its input (two or more "
             "paths without BatchNorm) as twins of its kind do.";
    case ValueError::Source::kNone:
    case ValueError::Source::kExact:
      return "";
  }
  return "";
}

std::optional<bool> IsResolved(double difference, double standard_error) {
  if (!std::isfinite(difference) || !std::isfinite(standard_error)) {
    return std::nullopt;
  }
  return difference != 0 && std::abs(difference) > kNormal975 * standard_error;
}

}  // namespace robbench
