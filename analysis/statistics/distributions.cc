#include "analysis/statistics/distributions.h"

#include <Eigen/Core>
#include <limits>
#include <unsupported/Eigen/SpecialFunctions>

#include "glog/logging.h"

namespace robbench {
namespace {

// Returns I_x(a, b), the regularized incomplete beta function.
double IncompleteBeta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  return Eigen::numext::betainc(a, b, x);
}

// Returns where the ascending `function` of x >= 0 reaches p, to the last bits.
template <typename Function>
double Inverse(double p, const Function& function) {
  double high = 1;
  while (function(high) < p && high < std::numeric_limits<double>::max() / 4) {
    high *= 2;
  }
  double low = 0;
  for (int i = 0; i < 200; ++i) {
    const double middle = low + (high - low) / 2;
    (function(middle) < p ? low : high) = middle;
  }
  return high;
}

}  // namespace

double StudentQuantile(double p, double degrees) {
  CHECK(p >= 0.5 && p < 1 && degrees > 0);
  if (p == 0.5) return 0;
  return Inverse(p, [&](double t) {
    return 1 -
           IncompleteBeta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2;
  });
}

double FisherQuantile(double p, double above, double below) {
  CHECK(p > 0 && p < 1 && above > 0 && below > 0);
  return Inverse(p, [&](double x) {
    return IncompleteBeta(above / 2, below / 2,
                          above * x / (above * x + below));
  });
}

double BinomialAtLeast(int least, int trials, double share) {
  CHECK(trials >= 0 && share >= 0 && share <= 1);
  if (least <= 0) return 1;
  if (least > trials) return 0;
  return IncompleteBeta(least, trials - least + 1, share);
}

}  // namespace robbench
