// Intervals from a bootstrap: percentiles of one statistic, and one width for
// several statistics that are judged together.
#ifndef ANALYSIS_STATISTICS_BOOTSTRAP_H_
#define ANALYSIS_STATISTICS_BOOTSTRAP_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace robbench {

// The ends of an interval.
struct Interval {
  double low, high;
};

// A statistic of a sample, and of each of its resamples: NaN where it is not
// defined there.
struct Bootstrapped {
  double value = 0;
  std::vector<double> resampled;
};

// Returns the 2.5th and 97.5th percentiles of the resamples on which the
// statistic is defined, or nullopt where it is defined on fewer than half of
// them.
std::optional<Interval> PercentileInterval(std::vector<double> resampled);

// Returns the standard deviation of the defined resamples; 0 where there are
// none.
double BootstrapError(const Bootstrapped& statistic);

// How many of its own bootstrap errors each interval has to reach out on both
// sides for all of them to hold together with probability 1 - `level`: the
// quantile of the largest |resampled - value| / error over the statistics
// (the max-t method of Westfall and Young, "Resampling-based multiple testing",
// 1993). Statistics that never vary are left out, and so are resamples on which
// another is not defined: how far it would have deviated there is not known.
// Returns nullopt where fewer than half of the resamples are left. All
// statistics have the same resamples; there is at least one statistic
// (CHECKed).
std::optional<double> JointErrors(absl::Span<const Bootstrapped> statistics,
                                  double level);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_BOOTSTRAP_H_
