#include "ntk/theory/infinite_kernel.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "ntk/theory/activation.h"
#include "ntk/theory/eigenvalue_bound.h"
#include "ntk/theory/gauss_hermite.h"
#include "ntk/theory/residual_network.h"
#include "ntk/theory/theory.pb.h"
#include "ntk/theory/theory_testing.h"

namespace robbench {
namespace {

using S = ResidualNetworkSpec;

constexpr S::Activation kAll[] = {S::RELU,    S::LEAKY_RELU, S::TANH,
                                  S::SIGMOID, S::SWISH,      S::SIN};

TEST(GaussHermiteTest, IntegratesPolynomials) {
  const GaussHermite rule = MakeGaussHermite(12);
  double moment = 1;  // E[g^2k] = (2k - 1)!!
  for (int k = 0; k < 12; ++k) {
    EXPECT_NEAR((rule.weights * rule.nodes.pow(2 * k)).sum() / moment, 1,
                1e-11);
    EXPECT_NEAR((rule.weights * rule.nodes.pow(2 * k + 1)).sum() / moment, 0,
                1e-11);
    moment *= 2 * k + 1;
  }
}

TEST(ActivationTest, MomentsEqualSciPy) {
  const TheoryGolden golden;
  for (const S::Activation s : kAll) {
    SCOPED_TRACE(S::Activation_Name(s));
    const Eigen::MatrixXd rows = golden.Get("moments." + S::Activation_Name(s));
    ASSERT_EQ(rows.rows(), 3);
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
      const PairMoments pair =
          ActivationMoments(s, rows(i, 0), rows(i, 1), rows(i, 2));
      EXPECT_NEAR(pair.value, rows(i, 3), 1e-8);
      EXPECT_NEAR(pair.derivative, rows(i, 4), 1e-8);
      const SingleMoments single = ActivationMeans(s, rows(i, 0));
      EXPECT_NEAR(single.value, rows(i, 5), 1e-10);
      EXPECT_NEAR(single.derivative, rows(i, 6), 1e-10);
    }
    const Eigen::VectorXd expected =
        golden.Get("hermite." + S::Activation_Name(s));
    EXPECT_LT(Distance(HermiteCoefficients(s, 8), expected), 1e-9);
  }
}

// Mehler: both series, with the derivative's coefficients sqrt(r) h_r. At
// correlation 0.6 what is left out after 64 terms is below 0.6^64.
TEST(ActivationTest, HermiteSeriesAreTheMoments) {
  for (const S::Activation s : kAll) {
    SCOPED_TRACE(S::Activation_Name(s));
    const Eigen::VectorXd h = HermiteCoefficients(s, kMaxHermiteDegree);
    for (const double rho : {-0.6, 0.0, 0.3, 0.6}) {
      double value = h(0) * h(0), derivative = 0;
      for (int r = 1; r <= kMaxHermiteDegree; ++r) {
        value += h(r) * h(r) * std::pow(rho, r);
        derivative += r * h(r) * h(r) * std::pow(rho, r - 1);
      }
      const PairMoments moments = ActivationMoments(s, 1, 1, rho);
      EXPECT_NEAR(moments.value, value, 1e-9);
      EXPECT_NEAR(moments.derivative, derivative, 1e-9);
    }
  }
}

TEST(InfiniteKernelTest, TwoLayerReluIsTheClosedForm) {
  const Eigen::MatrixXd x = TestInputs(6, 20, 1);
  const Eigen::MatrixXd kernel =
      InfiniteKernel(TestNetwork("relu", {S::RELU}, {}), x);
  for (Eigen::Index i = 0; i < 20; ++i) {
    for (Eigen::Index j = 0; j < 20; ++j) {
      const double rho = i == j ? 1 : x.col(i).dot(x.col(j));
      const double t = std::acos(rho);
      EXPECT_NEAR(
          kernel(i, j),
          (rho * (M_PI - t) + std::sin(t) + (M_PI - t) * rho) / (2 * M_PI),
          1e-7);  // arccos near 1 has half the digits
    }
  }
}

// Wide networks approach it: the mean of R networks of width m is off by about
// 1 / sqrt(R m), and each by 1 / sqrt(m).
TEST(InfiniteKernelTest, WideNetworksApproachIt) {
  constexpr int kWidth = 512, kRepeats = 12;
  const std::vector<ResidualNetworkSpec> specs = {
      TestNetwork("two", {S::RELU}, {}),
      TestNetwork("skip", {S::RELU, S::RELU}, {1}),
      TestNetwork("plain", {S::TANH, S::LEAKY_RELU}, {0}),
      TestNetwork("deep", {S::SIGMOID, S::SWISH, S::RELU, S::SIN}, {1, 1, 1}),
      TestNetwork("mixed", {S::SWISH, S::SIGMOID, S::RELU}, {0, 1})};
  for (const ResidualNetworkSpec& spec : specs) {
    SCOPED_TRACE(spec.name());
    const Eigen::MatrixXd x = TestInputs(9, 6, 5);
    const Eigen::MatrixXd limit = InfiniteKernel(spec, x);
    Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(6, 6);
    double squares = 0;
    for (int seed = 0; seed < kRepeats; ++seed) {
      auto network = MakeResidualNetwork("test", spec, {1, 3}, kWidth, seed);
      ASSERT_TRUE(network.ok());
      const GradientFactors factors = (*network)->Factors(x);
      const Eigen::MatrixXd kernel = FactorKernel(factors, factors);
      mean += kernel / kRepeats;
      squares += (kernel - limit).squaredNorm() / kRepeats;
    }
    const double one = std::sqrt(squares) / limit.norm();
    EXPECT_LT(one, 4 / std::sqrt(kWidth));
    // The mean is as near as its standard error allows (three of them).
    EXPECT_LT((mean - limit).norm() / limit.norm(),
              3 * one / std::sqrt(kRepeats));
    // The mixed terms of a skip are 6 % of the kernel of "skip".
    if (spec.name() == "skip") {
      EXPECT_LT((mean - limit).norm() / limit.norm(), 0.02);
    }
  }
}

TEST(EigenvalueBoundTest, IsBelowTheEigenvalueAndNotVacuous) {
  int networks = 0;
  double worst = 1, worst_skips = 1;
  for (const S::Activation first : kAll) {
    for (const S::Activation second : {S::RELU, S::TANH, S::SWISH}) {
      for (int skip = 0; skip < 2; ++skip) {
        for (int layers = 1; layers <= 3; ++layers) {
          std::vector<S::Activation> activations(layers, second);
          activations[0] = first;
          const auto spec =
              TestNetwork("a", activations, std::vector<int>(layers - 1, skip));
          for (uint32_t seed = 0; seed < 2; ++seed) {
            const int n = 4 + 5 * seed;
            const Eigen::MatrixXd x = TestInputs(20, n, 100 * seed + networks);
            const double truth = MinEigenvalue(InfiniteKernel(spec, x));
            const auto bound = BoundMinEigenvalue(spec, x);
            ASSERT_TRUE(bound.ok()) << bound.status();
            const std::string what =
                S::Activation_Name(first) + " " + S::Activation_Name(second);
            EXPECT_LE(bound->bound, truth + 1e-12) << what;
            EXPECT_LE(bound->single_power, bound->bound + 1e-12) << what;
            EXPECT_GT(bound->single_power, 0) << what;
            double& least = layers == 1 || skip == 1 ? worst_skips : worst;
            least = std::min(least, bound->bound / truth);
          }
          ++networks;
        }
      }
    }
  }
  EXPECT_EQ(networks, 108);
  // With skips the bound keeps most of the kernel; without, P takes a factor
  // nu^2 / L^2 a layer that the last layers' own part does not have.
  EXPECT_GT(worst_skips, 0.25);
  EXPECT_GT(worst, 1e-4);
  RecordProperty("worst_skips", std::to_string(worst_skips));
  RecordProperty("worst", std::to_string(worst));
}

// Two inputs, two layers of ReLU: lambda_min = K(1) - K(rho) exactly, and the
// bound leaves out the r = 0 term (the same for both) and what is beyond 64.
TEST(EigenvalueBoundTest, IsTightForTwoLayers) {
  Eigen::MatrixXd x(2, 2);
  x << 1, 0.5, 0, std::sqrt(0.75);
  const auto spec = TestNetwork("relu", {S::RELU}, {});
  const auto bound = BoundMinEigenvalue(spec, x);
  ASSERT_TRUE(bound.ok());
  const double t = M_PI / 3;
  const double exact = 1 - (0.5 * (M_PI - t) * 2 + std::sin(t)) / (2 * M_PI);
  EXPECT_LT(bound->bound, exact);
  EXPECT_GT(bound->bound, 0.9 * exact);
}

TEST(EigenvalueBoundTest, BadInputs) {
  const auto spec = TestNetwork("relu", {S::RELU}, {});
  const Eigen::MatrixXd x = 2 * TestInputs(5, 3, 0);
  EXPECT_EQ(BoundMinEigenvalue(spec, x).status().message(),
            "input 0: norm: expected 1, found 2");
  EXPECT_EQ(BoundMinEigenvalue(spec, Eigen::MatrixXd(5, 0)).status().message(),
            "inputs: expected at least 1, found 0");
}

}  // namespace
}  // namespace robbench
