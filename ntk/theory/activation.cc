#include "ntk/theory/activation.h"

#include <algorithm>
#include <cmath>

#include "ntk/theory/gauss_hermite.h"

namespace robbench {
namespace {

// Enough for pre-activations of a standard deviation of 2; the error of tanh,
// whose poles are nearest, falls as exp(-c sqrt(nodes)).
constexpr int kPairNodes = 96;
constexpr int kSingleNodes = 400;

using Activation = ResidualNetworkSpec::Activation;

struct Point {
  double value, derivative;
};

double Sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

// Value and derivative at z of a rectifier with this slope below zero.
Point Rectify(double z, double slope) {
  return z > 0 ? Point{z, 1} : Point{slope * z, slope};
}

Point TanhAt(double z) {
  const double t = std::tanh(z);
  return {t, 1 - t * t};
}

Point SigmoidAt(double z) {
  const double g = Sigmoid(z);
  return {g, g * (1 - g)};
}

Point SwishAt(double z) {
  const double g = Sigmoid(z);
  return {z * g, g + z * g * (1 - g)};
}

// Calls `use` with the activation as a function from z to Point.
template <typename Use>
auto WithFunction(Activation s, const Use& use) {
  switch (s) {
    case ResidualNetworkSpec::RELU:
      return use([](double z) { return Rectify(z, 0); });
    case ResidualNetworkSpec::LEAKY_RELU:
      return use([](double z) { return Rectify(z, kLeakySlope); });
    case ResidualNetworkSpec::TANH:
      return use(TanhAt);
    case ResidualNetworkSpec::SIGMOID:
      return use(SigmoidAt);
    case ResidualNetworkSpec::SWISH:
      return use(SwishAt);
    case ResidualNetworkSpec::SIN:
      break;
  }
  return use([](double z) { return Point{std::sin(z), std::cos(z)}; });
}

double SlopeOf(Activation s) {
  return s == ResidualNetworkSpec::LEAKY_RELU ? kLeakySlope : 0;
}

bool IsRectifier(Activation s) {
  return s == ResidualNetworkSpec::RELU || s == ResidualNetworkSpec::LEAKY_RELU;
}

// slope z + (1 - slope) ReLU(z), and E[u ReLU(v)] = covariance / 2.
PairMoments RectifierMoments(double slope, double p, double q,
                             double covariance) {
  const double scale = std::sqrt(p * q);
  const double cosine =
      scale > 0 ? std::clamp(covariance / scale, -1.0, 1.0) : 0;
  const double angle = std::acos(cosine);
  const double sine = std::sqrt((1 - cosine) * (1 + cosine));
  const double rest = (1 - slope) * (1 - slope) / (2 * M_PI);
  return {slope * covariance + rest * scale * (sine + (M_PI - angle) * cosine),
          slope + rest * (M_PI - angle)};
}

}  // namespace

void Activate(Activation s, Eigen::MatrixXd& z, Eigen::MatrixXd& derivative) {
  derivative.resize(z.rows(), z.cols());
  WithFunction(s, [&](const auto& function) {
    for (Eigen::Index i = 0; i < z.size(); ++i) {
      const Point point = function(z.data()[i]);
      z.data()[i] = point.value;
      derivative.data()[i] = point.derivative;
    }
  });
}

PairMoments ActivationMoments(Activation s, double p, double q,
                              double covariance) {
  if (IsRectifier(s)) return RectifierMoments(SlopeOf(s), p, q, covariance);
  if (s == ResidualNetworkSpec::SIN) {
    // This is exp(-(p+q)/2) sinh(c), written so that it does not overflow.
    const double plus = std::exp(covariance - (p + q) / 2);
    const double minus = std::exp(-covariance - (p + q) / 2);
    return {(plus - minus) / 2, (plus + minus) / 2};
  }
  static const auto& rule = *new GaussHermite(MakeGaussHermite(kPairNodes));
  const double scale = std::sqrt(p * q);
  const double correlation =
      scale > 0 ? std::clamp(covariance / scale, -1.0, 1.0) : 0;
  const double rest = std::sqrt((1 - correlation) * (1 + correlation));
  const double root_p = std::sqrt(p), root_q = std::sqrt(q);
  return WithFunction(s, [&](const auto& function) {
    PairMoments sum = {0, 0};
    for (int i = 0; i < kPairNodes; ++i) {
      if (rule.weights(i) < 1e-25) continue;
      const Point u = function(root_p * rule.nodes(i));
      PairMoments inner = {0, 0};
      for (int j = 0; j < kPairNodes; ++j) {
        if (rule.weights(j) < 1e-25) continue;
        const Point v = function(
            root_q * (correlation * rule.nodes(i) + rest * rule.nodes(j)));
        inner.value += rule.weights(j) * v.value;
        inner.derivative += rule.weights(j) * v.derivative;
      }
      sum.value += rule.weights(i) * u.value * inner.value;
      sum.derivative += rule.weights(i) * u.derivative * inner.derivative;
    }
    return sum;
  });
}

SingleMoments ActivationMeans(Activation s, double variance) {
  const double root = std::sqrt(variance);
  if (IsRectifier(s)) {
    const double slope = SlopeOf(s);
    return {(1 - slope) * root / std::sqrt(2 * M_PI), (1 + slope) / 2};
  }
  if (s == ResidualNetworkSpec::SIN) return {0, std::exp(-variance / 2)};
  static const auto& rule = *new GaussHermite(MakeGaussHermite(kSingleNodes));
  return WithFunction(s, [&](const auto& function) {
    SingleMoments sum = {0, 0};
    for (int i = 0; i < kSingleNodes; ++i) {
      const Point point = function(root * rule.nodes(i));
      sum.value += rule.weights(i) * point.value;
      sum.derivative += rule.weights(i) * point.derivative;
    }
    return sum;
  });
}

Eigen::VectorXd HermiteCoefficients(Activation s, int degree) {
  Eigen::VectorXd h = Eigen::VectorXd::Zero(degree + 1);
  if (IsRectifier(s)) {
    // ReLU has h_0 = 1/sqrt(2 pi), h_1 = 1/2, and from E[ReLU He_r] =
    // He_{r-2}(0) / sqrt(2 pi): h_{r+2} / h_r = -(r - 1) / sqrt((r+1)(r+2))
    // for even r, zero for odd r > 1.
    const double slope = SlopeOf(s);
    double even = 1 / std::sqrt(2 * M_PI);
    for (int r = 0; r <= degree; r += 2) {
      h(r) = (1 - slope) * even;
      even *= -(r - 1) / std::sqrt((r + 1.0) * (r + 2.0));
    }
    if (degree >= 1) h(1) = (1 + slope) / 2;
    return h;
  }
  if (s == ResidualNetworkSpec::SIN) {
    double size = std::exp(-0.5);  // e^{-1/2} / sqrt(r!), signs alternate
    for (int r = 0; r <= degree; ++r) {
      if (r > 0) size /= std::sqrt(r);
      if (r % 2 == 1) h(r) = r % 4 == 1 ? size : -size;
    }
    return h;
  }
  static const auto& rule = *new GaussHermite(MakeGaussHermite(kSingleNodes));
  WithFunction(s, [&](const auto& function) {
    for (int i = 0; i < kSingleNodes; ++i) {
      // The weight goes into the polynomial, which alone would overflow.
      const double x = rule.nodes(i);
      const double weighted = rule.weights(i) * function(x).value;
      double last = 0, now = 1;
      for (int r = 0; r <= degree; ++r) {
        h(r) += weighted * now;
        const double next =
            (x * now - std::sqrt(r) * last) / std::sqrt(r + 1.0);
        last = now;
        now = next;
      }
    }
  });
  return h;
}

}  // namespace robbench
