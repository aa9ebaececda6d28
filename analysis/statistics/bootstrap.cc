#include "analysis/statistics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "analysis/statistics/rank_statistics.h"
#include "glog/logging.h"

namespace robbench {
namespace {

std::vector<double> Defined(std::vector<double> values) {
  values.erase(std::remove_if(values.begin(), values.end(),
                              [](double v) { return std::isnan(v); }),
               values.end());
  return values;
}

}  // namespace

std::optional<Interval> PercentileInterval(std::vector<double> resampled) {
  const size_t all = resampled.size();
  std::vector<double> values = Defined(std::move(resampled));
  if (values.empty() || 2 * values.size() < all) return std::nullopt;
  std::sort(values.begin(), values.end());
  return Interval{Quantile(values, 0.025), Quantile(values, 0.975)};
}

double BootstrapError(const Bootstrapped& statistic) {
  const std::vector<double> values = Defined(statistic.resampled);
  return values.empty() ? 0 : MakeBoxPlot(values).standard_deviation;
}

std::optional<double> JointErrors(absl::Span<const Bootstrapped> statistics,
                                  double level) {
  CHECK(!statistics.empty());
  const size_t resamples = statistics[0].resampled.size();
  std::vector<double> errors;
  for (const Bootstrapped& statistic : statistics) {
    errors.push_back(BootstrapError(statistic));
  }
  std::vector<double> largest;
  for (size_t r = 0; r < resamples; ++r) {
    double found = 0;
    for (size_t i = 0; i < statistics.size() && !std::isnan(found); ++i) {
      if (errors[i] == 0) continue;
      const double deviation =
          std::abs(statistics[i].resampled[r] - statistics[i].value) /
          errors[i];
      found = std::isnan(deviation) ? deviation : std::max(found, deviation);
    }
    largest.push_back(found);
  }
  largest = Defined(std::move(largest));
  if (largest.empty() || 2 * largest.size() < resamples) return std::nullopt;
  std::sort(largest.begin(), largest.end());
  return Quantile(largest, 1 - level);
}

}  // namespace robbench
