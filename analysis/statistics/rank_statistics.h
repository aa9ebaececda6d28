// Order statistics and rank correlation, exact where integers allow it.
//
// Results equal those of NumPy (quantile, linear), SciPy (spearmanr, kendalltau
// variant b) and Matplotlib (boxplot_stats) to 1e-12, which
// rank_statistics_test checks. Values may be infinite where a function says so,
// and never NaN.
#ifndef ANALYSIS_STATISTICS_RANK_STATISTICS_H_
#define ANALYSIS_STATISTICS_RANK_STATISTICS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace robbench {

// Returns twice the rank of each value, from 2 to 2n; equal values share their
// mean rank. These are whole numbers, so that nothing computed from them is
// rounded. Infinite values have a rank.
std::vector<int64_t> DoubledRanks(absl::Span<const double> values);

// Returns Spearman's coefficient, which is Pearson's of the ranks. Both spans
// must have the same length, at most 10^6; this is CHECKed. Returns nullopt for
// fewer than two values and when one side is constant. It takes O(n log n).
// Infinite values have a rank.
std::optional<double> Spearman(absl::Span<const double> x,
                               absl::Span<const double> y);

// Returns Kendall's tau-b, by Knight's merge sort (1966), which takes
// O(n log n). Otherwise it is like Spearman.
std::optional<double> KendallTauB(absl::Span<const double> x,
                                  absl::Span<const double> y);

// The two coefficients of values whose DoubledRanks are at hand: sorting is
// most of the work, and a column is correlated with every other.
std::optional<double> SpearmanOfRanks(absl::Span<const int64_t> x,
                                      absl::Span<const int64_t> y);
std::optional<double> KendallTauBOfRanks(absl::Span<const int64_t> x,
                                         absl::Span<const int64_t> y);

// Returns the correlation of a and b with c held fixed, from the coefficients
// of the three pairs. Of Spearman's coefficients it is the partial rank
// correlation. Returns nullopt where c determines a or b.
std::optional<double> PartialCorrelation(double ab, double ac, double bc);

// Returns the same with two quantities held fixed, from the coefficients of a
// and of b with both, and of the two with each other. Where one of them ranks
// cells as the other does, holding both fixed is the same as holding one.
std::optional<double> PartialCorrelationGivenTwo(double ab,
                                                 const std::array<double, 2>& a,
                                                 const std::array<double, 2>& b,
                                                 double between);

// The 95 % interval of Spearman's coefficient `r` over n values by Fisher's
// transform with variance (1 + r^2 / 2) / (n - 3) (Bonett and Wright 2000).
// Absent for n < 5 and |r| = 1. On the published table a bootstrap over cells
// gives intervals of the same width to a tenth or two, a third wider for PGD 8
// and AutoAttack.
std::optional<std::pair<double, double>> SpearmanInterval(double r, int64_t n);

// The same for Kendall's, with variance 0.437 / (n - 4) (Fieller, Hartley and
// Pearson 1957).
std::optional<std::pair<double, double>> KendallInterval(double tau, int64_t n);

// The q-th quantile of ascending finite values by linear interpolation
// between the closest two. At least one value (CHECKed).
double Quantile(absl::Span<const double> ascending, double q);

// The numbers of a box plot with notches.
struct BoxPlot {
  double minimum, first_quartile, median, third_quartile, maximum;
  // The outermost values within 1.5 interquartile ranges of the box.
  double lower_whisker, upper_whisker;
  // median +- 1.57 interquartile ranges / sqrt(n).
  double lower_notch, upper_notch;
  double mean;
  double standard_deviation;  // divisor n - 1; 0 for one value
};

// Returns the box plot of one value or more, all finite; this is CHECKed.
BoxPlot MakeBoxPlot(std::vector<double> values);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_RANK_STATISTICS_H_
