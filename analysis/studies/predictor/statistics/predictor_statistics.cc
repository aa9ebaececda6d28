#include "analysis/studies/predictor/statistics/predictor_statistics.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

#include "glog/logging.h"

namespace robbench {
namespace {

// Returns the probability of each cell to be among the k highest.
std::vector<double> Chosen(absl::Span<const double> values, int k) {
  std::vector<double> sorted(values.begin(), values.end());
  std::nth_element(sorted.begin(), sorted.begin() + (k - 1), sorted.end(),
                   std::greater<double>());
  const double last = sorted[k - 1];
  int above = 0, tied = 0;
  for (const double value : values) {
    above += value > last;
    tied += value == last;
  }
  const double share = static_cast<double>(k - above) / tied;
  std::vector<double> chosen;
  for (const double value : values) {
    chosen.push_back(value > last ? 1 : value == last ? share : 0);
  }
  return chosen;
}

}  // namespace

std::vector<int> BestQuarter(absl::Span<const double> metric) {
  std::vector<int> order(metric.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return metric[a] > metric[b]; });
  order.resize((metric.size() + 3) / 4);
  std::sort(order.begin(), order.end());
  return order;
}

std::optional<TopCut> JudgeTop(absl::Span<const double> predictor,
                               absl::Span<const double> metric, int k) {
  CHECK_EQ(predictor.size(), metric.size());
  const int n = static_cast<int>(metric.size());
  if (k < 1 || k >= n) return std::nullopt;
  const std::vector<double> chosen = Chosen(predictor, k);
  const std::vector<double> best = Chosen(metric, k);
  double hits = 0;
  double sure = -std::numeric_limits<double>::infinity();
  std::vector<double> tied;  // the metric of those that tie for a place
  double share = 0;
  for (int i = 0; i < n; ++i) {
    hits += chosen[i] * best[i];
    if (chosen[i] == 1) {
      sure = std::max(sure, metric[i]);
    } else if (chosen[i] > 0) {
      tied.push_back(metric[i]);
      share = chosen[i];
    }
  }
  double highest = sure;
  if (!tied.empty()) {
    std::sort(tied.begin(), tied.end(), std::greater<double>());
    const int t = static_cast<int>(tied.size());
    const int r = static_cast<int>(share * t + 0.5);
    // This is the probability that the i-th is chosen and none before it, by
    // that of the one before.
    double probability = static_cast<double>(r) / t;
    highest = 0;
    for (int i = 0; i <= t - r; ++i) {
      highest += probability * std::max(sure, tied[i]);
      if (i < t - r) {
        probability *= static_cast<double>(t - r - i) / (t - 1 - i);
      }
    }
  }
  // A sum of shares of the highest value may exceed that value by rounding.
  const double regret =
      *std::max_element(metric.begin(), metric.end()) - highest;
  return TopCut{.precision = hits / k, .regret = std::max(0.0, regret)};
}

}  // namespace robbench
