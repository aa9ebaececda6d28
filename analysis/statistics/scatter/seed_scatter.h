// Tells apart, on the published table, the scatter between trainings of one
// network and the share of trainings that fail.
//
// Rows of equal networks (noise_floor.h) are taken in pairs, each row in one
// pair at most. A row is a mean over several seeds; where one of these failed
// (stayed on the plateau of training_course.h, or fell back to it), the row
// lies far from its twin. So the differences of pairs are modelled as a
// mixture of two normal distributions of mean 0, a narrow one of pairs without
// a failed seed and a broad one of the others, fitted by the EM algorithm
// (maximum likelihood). With broad share w, s seeds a row,
//
//   w = 1 - (1 - q)^(2 s)     q the share of failed seeds.
#ifndef ANALYSIS_STATISTICS_SCATTER_SEED_SCATTER_H_
#define ANALYSIS_STATISTICS_SCATTER_SEED_SCATTER_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// The mixture of two normal distributions.
struct ScatterMixture {
  double narrow;          // standard deviation of one of a pair's two values
  double broad;           // the same
  double broad_share;     // of the pairs
  double narrow_pairs;    // expected number of pairs of the narrow part
  double log_likelihood;  // of the differences
};

// Fits the mixture to differences of pairs. Returns nullopt for fewer than 8,
// where half of them are 0, and where two parts are no better than one: their
// log likelihood is then less than kLeastGain above that of a single normal
// distribution (half of what Wilks' chi^2 with two degrees of freedom exceeds
// with 5 %).
inline constexpr double kLeastGain = 3;
std::optional<ScatterMixture> FitScatterMixture(
    absl::Span<const double> differences);

// Returns the probability that a pair with this difference belongs to the broad
// part.
double BroadProbability(const ScatterMixture& mixture, double difference);

// Returns value(first) - value(second) of neighbouring rows in each group, each
// row in one pair at most.
std::vector<double> PairDifferences(const Twins& twins, const Column& column);

// Returns q of the equation above.
double FailedShare(double broad_share, int seeds);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_SCATTER_SEED_SCATTER_H_
