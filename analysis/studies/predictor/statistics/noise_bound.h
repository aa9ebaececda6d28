// What noise of training leaves to any predictor of a published accuracy.
//
// A published value is y = t + e: what the cell is worth, and noise of variance
// s^2 that no predictor knows. For a predictor x that knows nothing of e,
//
//   cor(x, y) = cov(x, t) / sqrt(var(x) var(y)) = cor(x, t) sqrt(R)
//   R = var(t) / var(y) = 1 - s^2 / var(y)
//
// R is the reliability of y (Spearman, "The proof and measurement of
// association between two things", American Journal of Psychology 15, 1904:
// attenuation), so Pearson's coefficient is at most sqrt(R). s is the noise
// floor of the table (analysis/statistics/noise_floor.h), of a typical row;
// where a few networks have more noise, the true bound is lower. var(y) is over
// the cells given.
//
// Rank coefficients have no such closed form for other than normal values, and
// precision and regret neither. So a perfect predictor is judged by simulation:
// t = mean + sqrt(R) (y - mean), which has the values' shape and the variance
// that is left without noise, against t + s z with z standard normal, in draw d
// of PhiloxStream(seed, kBootstrap, epoch, d): the mean of each statistic over
// the draws.
#ifndef ANALYSIS_STUDIES_PREDICTOR_STATISTICS_NOISE_BOUND_H_
#define ANALYSIS_STUDIES_PREDICTOR_STATISTICS_NOISE_BOUND_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/types/span.h"

namespace robbench {

// 1 - s^2 / var(y) (divisor n - 1), not below 0; 0 for constant values and for
// fewer than two.
double Reliability(absl::Span<const double> values, double noise);

// t for each value.
std::vector<double> WithoutNoise(absl::Span<const double> values, double noise);

// Calls judge(t, t + s z) for each draw.
void ForNoiseDraws(
    absl::Span<const double> values, double noise, int draws, uint32_t seed,
    uint32_t epoch,
    const std::function<void(const std::vector<double>& truth,
                             const std::vector<double>& published)>& judge);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_STATISTICS_NOISE_BOUND_H_
