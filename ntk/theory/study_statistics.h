// Statistics of the studies: a power law with its interval, means with theirs,
// rank agreement.
#ifndef NTK_THEORY_STUDY_STATISTICS_H_
#define NTK_THEORY_STUDY_STATISTICS_H_

#include <optional>
#include <vector>

namespace robbench {

struct Interval {
  double estimate, low, high;
};

// t with P(|T| < t) = 0.95 for Student's T with so many degrees of freedom.
// degrees >= 1.
double StudentQuantile95(int degrees);

// The slope of log y on log x by least squares with its 95 % interval, for
// independent errors of the same spread. At least three points, all positive,
// x not all the same (CHECKed).
Interval LogLogSlope(const std::vector<double>& x,
                     const std::vector<double>& y);

// The mean with its 95 % interval by Student's t; at least two values
// (CHECKed).
Interval MeanInterval(const std::vector<double>& values);

// Kendall's tau-b of pairs (x_i, y_i); absent where one side is constant.
std::optional<double> RankAgreement(const std::vector<double>& x,
                                    const std::vector<double>& y);

}  // namespace robbench

#endif  // NTK_THEORY_STUDY_STATISTICS_H_
