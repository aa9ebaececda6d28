#include "analysis/studies/predictor/statistics/noise_bound.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "absl/types/span.h"
#include "analysis/statistics/normal_draws.h"
#include "nas/base/philox.h"

namespace robbench {
namespace {

double Mean(absl::Span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / values.size();
}

}  // namespace

double Reliability(absl::Span<const double> values, double noise) {
  if (values.size() < 2) return 0;
  const double mean = Mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  if (squares == 0) return 0;
  return std::max(0.0, 1 - noise * noise * (values.size() - 1) / squares);
}

std::vector<double> WithoutNoise(absl::Span<const double> values,
                                 double noise) {
  const double mean = Mean(values);
  const double shrunk = std::sqrt(Reliability(values, noise));
  std::vector<double> truth;
  for (const double value : values) {
    truth.push_back(mean + shrunk * (value - mean));
  }
  return truth;
}

void ForNoiseDraws(
    absl::Span<const double> values, double noise, int draws, uint32_t seed,
    uint32_t epoch,
    const std::function<void(const std::vector<double>& truth,
                             const std::vector<double>& published)>& judge) {
  const std::vector<double> truth = WithoutNoise(values, noise);
  std::vector<double> published(truth.size());
  for (int d = 0; d < draws; ++d) {
    PhiloxStream random(seed, Purpose::kBootstrap, epoch,
                        static_cast<uint32_t>(d));
    DrawNormal(random, absl::MakeSpan(published));
    for (size_t i = 0; i < truth.size(); ++i) {
      published[i] = truth[i] + noise * published[i];
    }
    judge(truth, published);
  }
}

}  // namespace robbench
