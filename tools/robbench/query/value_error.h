// Computes what training noise leaves unknown of a difference between two rows
// of a column, so that robbench compare and top can say which differences are
// real. Where the errors come from depends on the column:
//
//   cost, count    none
//   predictor      not known
//   seeds          s^2 (1/n + 1/m) for means over n and m seeds; s^2 is the
//                  variance of one seed's value, pooled over the column's cells
//                  (analysis/statistics/scatter/seed_variance.h)
//   without seeds  v1 + v2, the variances of the two rows, from rows of the
//                  table that are the same network and were trained
//                  independently (analysis/statistics/noise_floor.h): of a
//                  steady cell the noise floor, which is the typical difference
//                  of such twins; of a cell that amplifies its input, which
//                  trains now well and now badly, the variance pooled over the
//                  twins of its kind
//
// A difference is resolved where its 95 % interval, +- kNormal975 standard
// errors, does not contain 0. All cells were tested on the same images, and the
// question is about these, so the sampling of images is no part of the error.
#ifndef TOOLS_ROBBENCH_QUERY_VALUE_ERROR_H_
#define TOOLS_ROBBENCH_QUERY_VALUE_ERROR_H_

#include <map>
#include <optional>

#include "analysis/statistics/noise_floor.h"
#include "analysis/statistics/scatter/seed_variance.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"

namespace robbench {

inline constexpr double kNormal975 = 1.959963984540054;

// The errors of one column.
class ValueError {
 public:
  enum class Source { kNone, kExact, kSeeds, kTwins };

  // The table, its twins and the column must outlive this.
  ValueError(const BenchmarkTable& table, const Twins& twins,
             const Column& column);

  // Where errors of this column come from.
  Source source() const;

  // The standard error of value(first) - value(second), rows by position. It is
  // NaN where it is not known or one of the values is missing, and 0 for one
  // row and for what is exact.
  double OfDifference(int first, int second) const;

 private:
  std::optional<double> VarianceFromTwins(int position) const;

  const BenchmarkTable& table_;
  const Column& column_;
  std::optional<SeedVariance> seeds_;
  std::optional<NoiseFloor> floor_;
  std::map<CellKind, TwinScatter> kinds_;
};

// Returns "exact", "seeds" or "twins"; "" for kNone.
const char* SourceName(ValueError::Source source);

// Returns the rule above in a sentence for people; "" for kNone and kExact.
const char* SourceRule(ValueError::Source source);
inline constexpr char kResolvedRule[] =
    "Resolved: 0 is outside the 95 % interval, difference ± 1.96 std. errors.";

// Returns whether 0 is outside the interval, or nullopt where the error is not
// known.
std::optional<bool> IsResolved(double difference, double standard_error);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_QUERY_VALUE_ERROR_H_
