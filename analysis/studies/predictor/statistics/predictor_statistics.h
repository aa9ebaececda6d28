// What a predictor of accuracy is worth where one chooses: among the best
// cells. Values are finite; higher is better in both columns. Two columns have
// the same length (CHECKed).
#ifndef ANALYSIS_STUDIES_PREDICTOR_STATISTICS_PREDICTOR_STATISTICS_H_
#define ANALYSIS_STUDIES_PREDICTOR_STATISTICS_PREDICTOR_STATISTICS_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace robbench {

// The positions of the quarter of values that are highest, rounded up, in
// ascending order; of equal values the first positions.
std::vector<int> BestQuarter(absl::Span<const double> metric);

struct TopCut {
  double precision;
  double regret;
};

// Of the k cells that the predictor has highest: the share that is among the
// metric's k highest, and the metric's highest value less the highest of the k.
// Where cells tie for the last places, in either column, the mean over all
// choices among them, by which a constant predictor is a random choice. Absent
// for k < 1, and for k of all cells or more, where there is no choice.
//
// With s cells above the tie and r of the t tied ones chosen, the highest of a
// choice is m where m is the i-th highest of the tied ones (from 0) with
// probability C(t - 1 - i, r - 1) / C(t, r).
std::optional<TopCut> JudgeTop(absl::Span<const double> predictor,
                               absl::Span<const double> metric, int k);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_STATISTICS_PREDICTOR_STATISTICS_H_
