// The variance of one seed's value in a column: the mean over cells of the
// variance over their seeds (divisor seeds - 1).
#ifndef ANALYSIS_STATISTICS_SCATTER_SEED_VARIANCE_H_
#define ANALYSIS_STATISTICS_SCATTER_SEED_VARIANCE_H_

#include <optional>

#include "analysis/table/table.pb.h"

namespace robbench {

struct SeedVariance {
  double variance;
  int cells;  // with two seeds or more, which it is the mean over
};

// Returns the variance, or nullopt where no cell has two finite values. Values
// that are not finite are left out.
std::optional<SeedVariance> MeasureSeedVariance(const Column& column);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_SCATTER_SEED_VARIANCE_H_
