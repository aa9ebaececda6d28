// The statistics of the studies of the theory: the slope of a power law and a
// mean, both with 95 % intervals, and rank agreement.
#ifndef NTK_THEORY_STUDIES_STUDY_STATISTICS_H_
#define NTK_THEORY_STUDIES_STUDY_STATISTICS_H_

#include <optional>
#include <vector>

namespace robbench {

// An estimate and the ends of its 95 % interval.
struct Interval {
  double estimate, low, high;
};

// Returns t with P(|T| < t) = 0.95 for Student's T with `degrees` >= 1 degrees
// of freedom.
double StudentQuantile95(int degrees);

// Returns the slope of log y on log x by least squares. Its interval holds for
// independent errors of the same spread. There must be three points at least,
// all positive, with x not all the same; this is CHECKed.
Interval LogLogSlope(const std::vector<double>& x,
                     const std::vector<double>& y);

// Returns the mean, with its interval by Student's t. There must be two values
// at least; this is CHECKed.
Interval MeanInterval(const std::vector<double>& values);

// Returns Kendall's tau-b of the pairs (x_i, y_i), or nullopt where one side is
// constant.
std::optional<double> RankAgreement(const std::vector<double>& x,
                                    const std::vector<double>& y);

}  // namespace robbench

#endif  // NTK_THEORY_STUDIES_STUDY_STATISTICS_H_
