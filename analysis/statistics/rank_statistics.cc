#include "analysis/statistics/rank_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "glog/logging.h"

namespace robbench {
namespace {

// Returns the positions of `values` in ascending order.
std::vector<int> Order(absl::Span<const double> values) {
  std::vector<int> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return values[a] < values[b] || (values[a] == values[b] && a < b);
  });
  return order;
}

int64_t Pairs(int64_t n) { return n * (n - 1) / 2; }

// Sorts values[begin, end) and returns how many pairs were out of order.
int64_t SortAndCount(std::vector<int64_t>& values,
                     std::vector<int64_t>& scratch, size_t begin, size_t end) {
  if (end - begin < 2) return 0;
  const size_t middle = begin + (end - begin) / 2;
  int64_t swaps = SortAndCount(values, scratch, begin, middle) +
                  SortAndCount(values, scratch, middle, end);
  size_t left = begin, right = middle, out = begin;
  while (left < middle && right < end) {
    if (values[right] < values[left]) {
      swaps += middle - left;
      scratch[out++] = values[right++];
    } else {
      scratch[out++] = values[left++];
    }
  }
  std::copy(values.begin() + left, values.begin() + middle,
            scratch.begin() + out);
  std::copy(scratch.begin() + begin, scratch.begin() + out + (middle - left),
            values.begin() + begin);
  return swaps;
}

// Counts the pairs of equal elements in a sequence where equal ones are
// adjacent.
template <typename Equal>
int64_t TiedPairs(size_t n, const Equal& equal) {
  int64_t tied = 0, run = 1;
  for (size_t i = 1; i <= n; ++i) {
    if (i < n && equal(i - 1, i)) {
      ++run;
    } else {
      tied += Pairs(run);
      run = 1;
    }
  }
  return tied;
}

constexpr double kNormal975 = 1.959963984540054;

// Returns the 95 % interval of a coefficient whose Fisher transform has
// `variance`.
std::optional<std::pair<double, double>> FisherInterval(double coefficient,
                                                        int64_t n,
                                                        double variance) {
  if (n < 5 || std::abs(coefficient) >= 1) return std::nullopt;
  const double z = std::atanh(coefficient);
  const double half = kNormal975 * std::sqrt(variance);
  return std::make_pair(std::tanh(z - half), std::tanh(z + half));
}

}  // namespace

std::vector<int64_t> DoubledRanks(absl::Span<const double> values) {
  const std::vector<int> order = Order(values);
  std::vector<int64_t> ranks(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) {
      ++end;
    }
    // Ranks begin + 1 ... end share their mean.
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = begin + 1 + end;
    begin = end;
  }
  return ranks;
}

std::optional<double> Spearman(absl::Span<const double> x,
                               absl::Span<const double> y) {
  return SpearmanOfRanks(DoubledRanks(x), DoubledRanks(y));
}

std::optional<double> SpearmanOfRanks(absl::Span<const int64_t> x,
                                      absl::Span<const int64_t> y) {
  CHECK_EQ(x.size(), y.size());
  const int64_t n = x.size();
  CHECK_LE(n, 1000000);  // keeps the sums below 2^63
  if (n < 2) return std::nullopt;
  int64_t xx = 0, yy = 0, xy = 0;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t dx = x[i] - (n + 1);  // the mean of doubled ranks
    const int64_t dy = y[i] - (n + 1);
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  if (xx == yy) return static_cast<double>(xy) / xx;  // exact +-1
  return xy / (std::sqrt(static_cast<double>(xx)) *
               std::sqrt(static_cast<double>(yy)));
}

std::optional<double> KendallTauB(absl::Span<const double> x,
                                  absl::Span<const double> y) {
  return KendallTauBOfRanks(DoubledRanks(x), DoubledRanks(y));
}

std::optional<double> KendallTauBOfRanks(absl::Span<const int64_t> x,
                                         absl::Span<const int64_t> y) {
  CHECK_EQ(x.size(), y.size());
  const size_t n = x.size();
  CHECK_LE(n, 1000000);  // two ranks fit one word
  if (n < 2) return std::nullopt;
  std::vector<int64_t> pairs(n), sorted_y(n), scratch(n);
  for (size_t i = 0; i < n; ++i) pairs[i] = x[i] << 32 | y[i];
  std::sort(pairs.begin(), pairs.end());
  for (size_t i = 0; i < n; ++i) sorted_y[i] = pairs[i] & 0xffffffff;
  const int64_t tied_x = TiedPairs(
      n, [&](size_t a, size_t b) { return pairs[a] >> 32 == pairs[b] >> 32; });
  const int64_t tied_both =
      TiedPairs(n, [&](size_t a, size_t b) { return pairs[a] == pairs[b]; });
  const int64_t discordant = SortAndCount(sorted_y, scratch, 0, n);
  const int64_t tied_y = TiedPairs(
      n, [&](size_t a, size_t b) { return sorted_y[a] == sorted_y[b]; });
  const int64_t all = Pairs(n);
  if (all == tied_x || all == tied_y) return std::nullopt;
  const double difference = all - tied_x - tied_y + tied_both - 2 * discordant;
  if (tied_x == tied_y) return difference / (all - tied_x);
  return difference / std::sqrt(static_cast<double>(all - tied_x)) /
         std::sqrt(static_cast<double>(all - tied_y));
}

std::optional<double> PartialCorrelation(double ab, double ac, double bc) {
  const double free = (1 - ac * ac) * (1 - bc * bc);
  // The condition also holds if an argument is not a number.
  if (!(free > 0)) return std::nullopt;
  return std::clamp((ab - ac * bc) / std::sqrt(free), -1.0, 1.0);
}

std::optional<double> PartialCorrelationGivenTwo(double ab,
                                                 const std::array<double, 2>& a,
                                                 const std::array<double, 2>& b,
                                                 double between) {
  const std::optional<double> ab_1 = PartialCorrelation(ab, a[0], b[0]);
  if (!ab_1 || std::abs(between) == 1) return ab_1;
  const std::optional<double> a2_1 = PartialCorrelation(a[1], a[0], between);
  const std::optional<double> b2_1 = PartialCorrelation(b[1], b[0], between);
  if (!a2_1 || !b2_1) return std::nullopt;
  return PartialCorrelation(*ab_1, *a2_1, *b2_1);
}

std::optional<std::pair<double, double>> SpearmanInterval(double r, int64_t n) {
  return FisherInterval(r, n, (1 + r * r / 2) / (n - 3));
}

std::optional<std::pair<double, double>> KendallInterval(double tau,
                                                         int64_t n) {
  return FisherInterval(tau, n, 0.437 / (n - 4));
}

double Quantile(absl::Span<const double> ascending, double q) {
  CHECK(!ascending.empty());
  const double position = q * (ascending.size() - 1);
  const size_t below = static_cast<size_t>(std::floor(position));
  const size_t above = std::min(below + 1, ascending.size() - 1);
  const double share = position - below;
  const double step = ascending[above] - ascending[below];
  // Like NumPy this interpolates from the nearer end, so that the last bits
  // agree too.
  return share >= 0.5 ? ascending[above] - step * (1 - share)
                      : ascending[below] + step * share;
}

BoxPlot MakeBoxPlot(std::vector<double> values) {
  CHECK(!values.empty());
  for (const double value : values) CHECK(std::isfinite(value));
  std::sort(values.begin(), values.end());
  const double n = values.size();
  BoxPlot box;
  box.minimum = values.front();
  box.maximum = values.back();
  box.first_quartile = Quantile(values, 0.25);
  box.median = Quantile(values, 0.5);
  box.third_quartile = Quantile(values, 0.75);
  const double range = box.third_quartile - box.first_quartile;
  const double low = box.first_quartile - 1.5 * range;
  const double high = box.third_quartile + 1.5 * range;
  // A whisker never ends inside the box, although interpolated quartiles may
  // lie beyond every value that is not an outlier.
  box.lower_whisker = std::min(
      *std::lower_bound(values.begin(), values.end(), low), box.first_quartile);
  box.upper_whisker =
      std::max(*(std::upper_bound(values.begin(), values.end(), high) - 1),
               box.third_quartile);
  const double notch = 1.57 * range / std::sqrt(n);
  box.lower_notch = box.median - notch;
  box.upper_notch = box.median + notch;
  box.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) {
    squares += (value - box.mean) * (value - box.mean);
  }
  box.standard_deviation =
      values.size() > 1 ? std::sqrt(squares / (n - 1)) : 0.0;
  return box;
}

}  // namespace robbench
