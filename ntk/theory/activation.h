// Activations s of the theory's networks: their values, their derivatives and
// the expectations of both under a Gaussian. Everything is in float64.
//
//   PairMoments m = ActivationMoments(ResidualNetworkSpec::RELU, 1, 1, 0.5);
//   m.value;  // E[s(u) s(v)], u and v of variance 1 and covariance 0.5
//
// Closed forms: ReLU and LeakyReLU by the arc-cosine kernels (Cho and Saul
// 2009), sin by the characteristic function. Tanh, sigmoid and swish, which
// are analytic around the real line, by Gauss-Hermite quadrature.
#ifndef NTK_THEORY_ACTIVATION_H_
#define NTK_THEORY_ACTIVATION_H_

#include <Eigen/Core>

#include "ntk/theory/theory.pb.h"

namespace robbench {

inline constexpr double kLeakySlope = 0.01;

// Replaces pre-activations z of unit scale by s(z), and sets `derivative` to
// s'(z), of the same shape. The derivative of ReLU at 0 is 0, and that of
// LeakyReLU is its slope below 0.
void Activate(ResidualNetworkSpec::Activation s, Eigen::MatrixXd& z,
              Eigen::MatrixXd& derivative);

// Expectations of products over a pair of Gaussians.
struct PairMoments {
  double value;       // E[s(u) s(v)]
  double derivative;  // E[s'(u) s'(v)]
};

// Moments where (u, v) is Gaussian with mean 0, variances p and q and this
// covariance.
PairMoments ActivationMoments(ResidualNetworkSpec::Activation s, double p,
                              double q, double covariance);

// Expectations over one Gaussian.
struct SingleMoments {
  double value;       // E[s(u)]
  double derivative;  // E[s'(u)]
};

// Moments where u is Gaussian with mean 0 and this variance.
SingleMoments ActivationMeans(ResidualNetworkSpec::Activation s,
                              double variance);

// h_r = E[s(g) He_r(g)] / sqrt(r!), g standard normal, r = 0 ... degree: the
// coefficients of s in the normalised Hermite polynomials, so that
// E[s(u) s(v)] = sum_r h_r^2 rho^r for unit variances and correlation rho.
// degree <= kMaxHermiteDegree.
inline constexpr int kMaxHermiteDegree = 64;
Eigen::VectorXd HermiteCoefficients(ResidualNetworkSpec::Activation s,
                                    int degree);

}  // namespace robbench

#endif  // NTK_THEORY_ACTIVATION_H_
