#include "ntk/theory/studies/study_statistics.h"

#include <cmath>
#include <cstddef>
#include <numeric>

#include "glog/logging.h"

namespace robbench {
namespace {

// Returns P(|T| < t), by Abramowitz and Stegun 26.7.3 and 26.7.4.
double StudentWithin(double t, int degrees) {
  const double angle = std::atan(t / std::sqrt(degrees));
  const double cosine = std::cos(angle), sine = std::sin(angle);
  const bool odd = degrees % 2 == 1;
  double term = odd ? cosine : 1, sum = degrees == 1 ? 0 : term;
  for (int k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= cosine * cosine * (k - 1.0) / k;
    sum += term;
  }
  return odd ? 2 / M_PI * (angle + sine * sum) : sine * sum;
}

int Sign(double value) { return (value > 0) - (value < 0); }

}  // namespace

double StudentQuantile95(int degrees) {
  CHECK_GE(degrees, 1);
  double low = 0, high = 20;
  while (high - low > 1e-12) {
    const double middle = (low + high) / 2;
    (StudentWithin(middle, degrees) < 0.95 ? low : high) = middle;
  }
  return high;
}

Interval LogLogSlope(const std::vector<double>& x,
                     const std::vector<double>& y) {
  const size_t n = x.size();
  CHECK(n >= 3 && y.size() == n);
  double mean_x = 0, mean_y = 0;
  for (size_t i = 0; i < n; ++i) {
    CHECK(x[i] > 0 && y[i] > 0);
    mean_x += std::log(x[i]) / n;
    mean_y += std::log(y[i]) / n;
  }
  double xx = 0, xy = 0;
  for (size_t i = 0; i < n; ++i) {
    const double u = std::log(x[i]) - mean_x;
    xx += u * u;
    xy += u * (std::log(y[i]) - mean_y);
  }
  CHECK_GT(xx, 0);
  const double slope = xy / xx;
  double squares = 0;
  for (size_t i = 0; i < n; ++i) {
    const double residual =
        std::log(y[i]) - mean_y - slope * (std::log(x[i]) - mean_x);
    squares += residual * residual;
  }
  const double half =
      StudentQuantile95(n - 2) * std::sqrt(squares / (n - 2) / xx);
  return {slope, slope - half, slope + half};
}

Interval MeanInterval(const std::vector<double>& values) {
  const size_t n = values.size();
  CHECK_GE(n, 2);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double half =
      StudentQuantile95(n - 1) * std::sqrt(squares / (n - 1) / n);
  return {mean, mean - half, mean + half};
}

std::optional<double> RankAgreement(const std::vector<double>& x,
                                    const std::vector<double>& y) {
  CHECK_EQ(x.size(), y.size());
  int agreement = 0, distinct_x = 0, distinct_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const int a = Sign(x[i] - x[j]), b = Sign(y[i] - y[j]);
      agreement += a * b;
      distinct_x += a != 0;
      distinct_y += b != 0;
    }
  }
  if (distinct_x == 0 || distinct_y == 0) return std::nullopt;
  return agreement / std::sqrt(1.0 * distinct_x * distinct_y);
}

}  // namespace robbench
