#include "ntk/theory/residual_network.h"

#include <Eigen/Core>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ntk/theory/theory.pb.h"
#include "ntk/theory/theory_testing.h"

namespace robbench {
namespace {

using S = ResidualNetworkSpec;
using ::testing::HasSubstr;

TEST(ResidualNetworkTest, EqualsPyTorch) {
  const TheoryGolden golden;
  for (const ResidualNetworkSpec& spec : TheoryGolden::Networks()) {
    SCOPED_TRACE(spec.name());
    const auto network = golden.Network(spec);
    const auto get = [&](const std::string& name) {
      return golden.Get(spec.name() + "." + name);
    };
    const Eigen::MatrixXd x = get("x").transpose();
    EXPECT_LT(Distance(network->Outputs(x), get("outputs")), 1e-13);
    EXPECT_LT(Distance(network->InputGradients(x),
                       get("input_gradients").transpose()),
              1e-13);
    const GradientFactors clean = network->Factors(x);
    const GradientFactors adversarial = network->Factors(get("L2").transpose());
    EXPECT_LT(Distance(FactorKernel(clean, clean), get("clean")), 1e-12);
    EXPECT_LT(Distance(FactorKernel(clean, adversarial), get("cross")), 1e-12);
    EXPECT_LT(Distance(FactorKernel(adversarial, adversarial), get("robust")),
              1e-12);
  }
}

// Every weight and every input moved by itself.
TEST(ResidualNetworkTest, GradientsAreFiniteDifferences) {
  constexpr double kStep = 1e-6;
  const std::vector<ResidualNetworkSpec> specs = {
      TestNetwork("two layers", {S::RELU}, {}),
      TestNetwork(
          "all",
          {S::RELU, S::LEAKY_RELU, S::TANH, S::SIGMOID, S::SWISH, S::SIN},
          {1, 0, 1, 1, 0}),
      TestNetwork("convolution", {S::SWISH, S::RELU, S::TANH}, {0, 1}, 3),
      TestNetwork("wide kernel", {S::SIN, S::LEAKY_RELU}, {1}, 5)};
  const InputShape shape = {2, 3};
  for (const ResidualNetworkSpec& spec : specs) {
    SCOPED_TRACE(spec.name());
    auto network = MakeResidualNetwork("test", spec, shape, 6, 3);
    ASSERT_TRUE(network.ok()) << network.status();
    const Eigen::MatrixXd x = TestInputs(shape.count(), 4, 1);
    const auto slope = [&](double& variable) -> Eigen::VectorXd {
      const double kept = variable;
      variable = kept + kStep;
      const Eigen::VectorXd above = (*network)->Outputs(x);
      variable = kept - kStep;
      const Eigen::VectorXd below = (*network)->Outputs(x);
      variable = kept;
      return (above - below) / (2 * kStep);
    };
    // The Jacobian, a column a weight; and the gradient of a combination.
    const Eigen::VectorXd c{{0.3, -1, 0.7, 0.1}};
    const auto gradients =
        (*network)->WeightGradients(x, [&](const Eigen::VectorXd& outputs) {
          EXPECT_LT(Distance(outputs, (*network)->Outputs(x)), 1e-15);
          return c;
        });
    Eigen::MatrixXd kernel = Eigen::MatrixXd::Zero(4, 4);
    for (size_t k = 0; k < gradients.size(); ++k) {
      Eigen::MatrixXd& weights = (*network)->weights()[k];
      ASSERT_EQ(gradients[k].rows(), weights.rows());
      ASSERT_EQ(gradients[k].cols(), weights.cols());
      for (Eigen::Index i = 0; i < weights.size(); ++i) {
        const Eigen::VectorXd jacobian = slope(weights.data()[i]);
        EXPECT_NEAR(gradients[k].data()[i], c.dot(jacobian), 1e-8)
            << "weights " << k << ", entry " << i;
        kernel += jacobian * jacobian.transpose();
      }
    }
    const GradientFactors factors = (*network)->Factors(x);
    EXPECT_LT(Distance(FactorKernel(factors, factors), kernel), 1e-7);
    // Inputs.
    const Eigen::MatrixXd input_gradients = (*network)->InputGradients(x);
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      for (Eigen::Index i = 0; i < x.rows(); ++i) {
        Eigen::MatrixXd above = x, below = x;
        above(i, j) += kStep;
        below(i, j) -= kStep;
        EXPECT_NEAR(
            input_gradients(i, j),
            ((*network)->Outputs(above)(j) - (*network)->Outputs(below)(j)) /
                (2 * kStep),
            1e-8);
      }
    }
  }
}

TEST(ResidualNetworkTest, WeightsHaveVarianceOneOverWidth) {
  const auto spec = TestNetwork("two", {S::RELU, S::RELU}, {1});
  auto network = MakeResidualNetwork("test", spec, {1, 8}, 400, 7);
  ASSERT_TRUE(network.ok());
  ASSERT_EQ((*network)->weights().size(), 3);
  EXPECT_EQ((*network)->weights()[0].cols(), 64);
  EXPECT_EQ((*network)->weights()[1].cols(), 400);
  EXPECT_EQ((*network)->weights()[2].cols(), 1);
  const Eigen::ArrayXXd w = (*network)->weights()[1].array();
  // 160,000 numbers: standard errors .0025 of the mean, .0035 of the variance.
  EXPECT_NEAR(w.mean() * 20, 0, 0.0125);
  EXPECT_NEAR(w.square().mean() * 400, 1, 0.0175);
  EXPECT_NEAR(w.square().square().mean() * 160000, 3, 0.15);
  // Another seed, other weights; the same seed, the same.
  auto again = MakeResidualNetwork("test", spec, {1, 8}, 400, 7);
  auto other = MakeResidualNetwork("test", spec, {1, 8}, 400, 8);
  EXPECT_EQ((*again)->weights()[1], (*network)->weights()[1]);
  EXPECT_NE((*other)->weights()[1](0, 0), (*network)->weights()[1](0, 0));
}

// s(sqrt(m) z) / sqrt(m) is s(z) for ReLU: the paper's network as it stands.
TEST(ResidualNetworkTest, ReluNetworkIsThePapers) {
  const auto spec = TestNetwork("relu", {S::RELU, S::RELU, S::RELU}, {1, 0});
  auto network = MakeResidualNetwork("test", spec, {1, 4}, 32, 0);
  ASSERT_TRUE(network.ok());
  const auto& w = (*network)->weights();
  const Eigen::MatrixXd x = TestInputs(16, 3, 2);
  const auto relu = [](const Eigen::MatrixXd& z) -> Eigen::MatrixXd {
    return z.cwiseMax(0);
  };
  const Eigen::MatrixXd f1 = relu(w[0] * x);
  const Eigen::MatrixXd f2 = relu(w[1] * f1) / 4 + f1;
  const Eigen::MatrixXd f3 = relu(w[2] * f2) / 4;
  EXPECT_LT(Distance((*network)->Outputs(x), f3.transpose() * w[3]), 1e-15);
}

TEST(ResidualNetworkTest, BadSpecs) {
  const auto error = [](const ResidualNetworkSpec& spec) {
    return std::string(
        CheckNetworkSpec("a.textproto", "networks[2]", spec).message());
  };
  EXPECT_EQ(error(TestNetwork("good", {S::RELU, S::SIN}, {1})), "");
  EXPECT_EQ(error(TestNetwork("", {S::RELU}, {})),
            "a.textproto: field networks[2].name: expected a name, found none");
  EXPECT_EQ(
      error(TestNetwork("none", {}, {})),
      "a.textproto: field networks[2].activations: expected 1 to 63, found 0");
  EXPECT_EQ(error(TestNetwork("a", {S::RELU, S::RELU}, {})),
            "a.textproto: field networks[2].skips: expected 1, one less than "
            "activations, found 0");
  EXPECT_EQ(error(TestNetwork("a", {S::RELU, S::RELU}, {2})),
            "a.textproto: field networks[2].skips: expected 0 or 1, found 2");
  EXPECT_THAT(error(TestNetwork("a", {S::RELU}, {}, 4)),
              HasSubstr("kernel_size: expected an odd number up to 15, found "
                        "4"));
  const auto huge = MakeResidualNetwork(
      "a.textproto", TestNetwork("huge", {S::RELU, S::RELU}, {1}), {1, 16},
      1 << 20, 0);
  EXPECT_EQ(huge.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(huge.status().message()),
              HasSubstr("a.textproto: network huge at width 1048576"));
}

}  // namespace
}  // namespace robbench
