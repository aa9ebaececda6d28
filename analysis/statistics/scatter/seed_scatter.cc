#include "analysis/statistics/scatter/seed_scatter.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "analysis/statistics/rank_statistics.h"

namespace robbench {
namespace {

constexpr size_t kFewestPairs = 8;
constexpr int kMostIterations = 20000;
constexpr double kConverged = 1e-13;
// A part that is narrower than this, in medians of the differences, consists of
// a few differences that are equal to 0. The likelihood has no bound there.
constexpr double kNarrowest = 0.02;

// Returns the density of a normal distribution of mean 0, without the factor 1
// / sqrt(2 pi).
double Density(double squared, double variance) {
  return std::exp(-squared / (2 * variance)) / std::sqrt(variance);
}

struct Parts {           // of the differences
  double narrow, broad;  // variances
  double share;          // of the broad one
};

double LogLikelihood(const std::vector<double>& squares, const Parts& parts) {
  double sum = 0;
  for (const double squared : squares) {
    sum += std::log((1 - parts.share) * Density(squared, parts.narrow) +
                    parts.share * Density(squared, parts.broad)) -
           std::log(2 * M_PI) / 2;
  }
  return sum;
}

// Runs the EM algorithm from a start. Returns nullopt where a part vanishes.
std::optional<Parts> Climb(const std::vector<double>& squares, double narrowest,
                           Parts parts) {
  const double n = squares.size();
  for (int i = 0; i < kMostIterations; ++i) {
    double sum = 0, narrow = 0, broad = 0;
    for (const double squared : squares) {
      const double a = (1 - parts.share) * Density(squared, parts.narrow);
      const double b = parts.share * Density(squared, parts.broad);
      const double of_broad = b / (a + b);
      sum += of_broad;
      narrow += (1 - of_broad) * squared;
      broad += of_broad * squared;
    }
    const Parts next = {narrow / (n - sum), broad / sum, sum / n};
    if (!(next.narrow > narrowest) || !(next.broad > narrowest)) {
      return std::nullopt;
    }
    const double change = std::abs(next.share - parts.share) +
                          std::abs(next.narrow / parts.narrow - 1) +
                          std::abs(next.broad / parts.broad - 1);
    parts = next;
    if (change < kConverged) break;
  }
  if (parts.narrow > parts.broad) {
    std::swap(parts.narrow, parts.broad);
    parts.share = 1 - parts.share;
  }
  return parts;
}

}  // namespace

std::optional<ScatterMixture> FitScatterMixture(
    absl::Span<const double> differences) {
  if (differences.size() < kFewestPairs) return std::nullopt;
  std::vector<double> sizes, squares;
  for (const double difference : differences) {
    sizes.push_back(std::abs(difference));
    squares.push_back(difference * difference);
  }
  std::sort(sizes.begin(), sizes.end());
  const double median = Quantile(sizes, 0.5);
  const double narrowest = std::pow(kNarrowest * median, 2);
  if (!(narrowest > 0)) return std::nullopt;
  // The likelihood may have several maxima, so there are several starts.
  std::optional<Parts> best;
  double highest = 0;
  for (const double quantile : {0.1, 0.25}) {
    for (const double share : {0.1, 0.5}) {
      const double narrow = std::pow(Quantile(sizes, quantile), 2);
      const double broad = std::pow(sizes.back() / 2, 2);
      if (!(narrow > narrowest)) continue;
      const auto found = Climb(squares, narrowest, {narrow, broad, share});
      if (!found) continue;
      const double likelihood = LogLikelihood(squares, *found);
      if (best && likelihood <= highest) continue;
      best = found;
      highest = likelihood;
    }
  }
  double mean_square = 0;
  for (const double squared : squares) mean_square += squared / squares.size();
  const double single = LogLikelihood(squares, {mean_square, mean_square, 0.5});
  if (!best || highest - single < kLeastGain) return std::nullopt;
  return ScatterMixture{.narrow = std::sqrt(best->narrow / 2),
                        .broad = std::sqrt(best->broad / 2),
                        .broad_share = best->share,
                        .narrow_pairs = differences.size() * (1 - best->share),
                        .log_likelihood = highest};
}

double BroadProbability(const ScatterMixture& mixture, double difference) {
  const double squared = difference * difference;
  const double narrow = (1 - mixture.broad_share) *
                        Density(squared, 2 * mixture.narrow * mixture.narrow);
  const double broad =
      mixture.broad_share * Density(squared, 2 * mixture.broad * mixture.broad);
  return broad / (narrow + broad);
}

std::vector<double> PairDifferences(const Twins& twins, const Column& column) {
  std::vector<double> differences;
  for (const std::vector<int>& group : twins.groups) {
    std::vector<double> values;
    for (const int cell : group) {
      if (std::isfinite(column.mean(cell))) values.push_back(column.mean(cell));
    }
    for (size_t i = 0; i + 1 < values.size(); i += 2) {
      differences.push_back(values[i] - values[i + 1]);
    }
  }
  return differences;
}

double FailedShare(double broad_share, int seeds) {
  return 1 - std::pow(1 - broad_share, 1.0 / (2 * seeds));
}

}  // namespace robbench
