// Attacks, Algorithm 1 and the bounds from mixed kernels.
#include "ntk/theory/multi_objective_training.h"

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "ntk/kernel_scores.h"
#include "ntk/theory/generalisation_bound.h"
#include "ntk/theory/input_attack.h"
#include "ntk/theory/residual_network.h"
#include "ntk/theory/theory.pb.h"
#include "ntk/theory/theory_testing.h"

namespace robbench {
namespace {

using S = ResidualNetworkSpec;

InputAttack Attack(InputAttack::Norm norm, double epsilon, double step_size,
                   int steps, bool random_start) {
  InputAttack attack;
  attack.set_norm(norm);
  attack.set_epsilon(epsilon);
  attack.set_step_size(step_size);
  attack.set_steps(steps);
  attack.set_random_start(random_start);
  return attack;
}

const InputAttack kLinf = Attack(InputAttack::LINF, 0.05, 0.02, 4, false);
const InputAttack kL2 = Attack(InputAttack::L2, 0.4, 0.15, 4, false);

PhiloxStream TestStart(Eigen::Index i) {
  return PhiloxStream(0, Purpose::kTest, 0, 0, i);
}

TEST(InputAttackTest, EqualsPyTorch) {
  const TheoryGolden golden;
  for (const ResidualNetworkSpec& spec : TheoryGolden::Networks()) {
    SCOPED_TRACE(spec.name());
    const auto network = golden.Network(spec);
    const Eigen::MatrixXd x = golden.Get(spec.name() + ".x").transpose();
    const Eigen::VectorXd y = TheoryGolden::Labels();
    EXPECT_LT(Distance(AttackInputs(*network, x, y, kLinf, TestStart),
                       golden.Get(spec.name() + ".LINF").transpose()),
              1e-12);
    const Eigen::MatrixXd once = AttackInputs(*network, x, y, kL2, TestStart);
    EXPECT_LT(Distance(once, golden.Get(spec.name() + ".L2").transpose()),
              1e-12);
    // Twice: a whole attack around x~.
    const GradientFactors at_once = network->Factors(once);
    const GradientFactors twice =
        network->Factors(AttackInputs(*network, once, y, kL2, TestStart));
    EXPECT_LT(Distance(FactorKernel(at_once, twice),
                       golden.Get(spec.name() + ".cross_twice")),
              1e-11);
    EXPECT_LT(Distance(FactorKernel(twice, twice),
                       golden.Get(spec.name() + ".robust_twice")),
              1e-11);
  }
}

TEST(InputAttackTest, StaysInTheBallAndLowersTheMargin) {
  const auto spec = TestNetwork("a", {S::RELU, S::TANH}, {1});
  auto network = MakeResidualNetwork("test", spec, {1, 6}, 40, 1);
  ASSERT_TRUE(network.ok());
  const Eigen::MatrixXd x = TestInputs(36, 50, 3);
  Eigen::VectorXd y(50);
  for (int i = 0; i < 50; ++i) y(i) = i % 2 == 0 ? 1 : -1;
  for (const bool random_start : {false, true}) {
    const InputAttack linf =
        Attack(InputAttack::LINF, 0.03, 0.01, 5, random_start);
    const InputAttack l2 = Attack(InputAttack::L2, 0.2, 0.06, 5, random_start);
    const Eigen::MatrixXd a = AttackInputs(**network, x, y, linf, TestStart);
    const Eigen::MatrixXd b = AttackInputs(**network, x, y, l2, TestStart);
    EXPECT_LE((a - x).cwiseAbs().maxCoeff(), 0.03 + 1e-15);
    EXPECT_LE((b - x).colwise().norm().maxCoeff(), 0.2 + 1e-15);
    for (const Eigen::MatrixXd& attacked : {a, b}) {
      const Eigen::ArrayXd before = (*network)->Outputs(x).array() * y.array();
      const Eigen::ArrayXd after =
          (*network)->Outputs(attacked).array() * y.array();
      EXPECT_TRUE((after < before).all());
    }
  }
  // FGSM: one step to a corner of the ball.
  const Eigen::MatrixXd fgsm =
      AttackInputs(**network, x, y,
                   Attack(InputAttack::LINF, 0.03, 0.03, 1, false), TestStart);
  const Eigen::MatrixXd expected =
      x - 0.03 * ((*network)->InputGradients(x) * y.asDiagonal())
                     .array()
                     .sign()
                     .matrix();
  EXPECT_LT(Distance(fgsm, expected), 1e-15);
  // Epsilon 0 changes nothing.
  EXPECT_EQ(AttackInputs(**network, x, y,
                         Attack(InputAttack::LINF, 0, 0.1, 3, true), TestStart),
            x);
}

// A start in d dimensions has norm epsilon U^(1/d); in the square each entry
// is uniform.
TEST(InputAttackTest, StartsAreUniform) {
  const auto spec = TestNetwork("a", {S::RELU}, {});
  auto network = MakeResidualNetwork("test", spec, {1, 2}, 4, 1);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Zero(4, 4000);
  const Eigen::VectorXd y = Eigen::VectorXd::Ones(4000);
  const Eigen::MatrixXd l2 = AttackInputs(
      **network, x, y, Attack(InputAttack::L2, 1, 0, 1, true), TestStart);
  // E[U^(2/4)] = 2/3, so each of four entries has a variance of 1/6.
  EXPECT_NEAR(l2.rowwise().squaredNorm().mean() / 4000, 1.0 / 6, 0.006);
  EXPECT_NEAR(l2.rowwise().mean().norm(), 0, 0.03);
  const Eigen::MatrixXd linf = AttackInputs(
      **network, x, y, Attack(InputAttack::LINF, 1, 0, 1, true), TestStart);
  EXPECT_NEAR(linf.array().square().mean(), 1.0 / 3, 0.01);
  EXPECT_NEAR(linf.rowwise().mean().norm(), 0, 0.05);
}

// Five steps on all inputs: sums in another order, so not to the last bit.
TEST(MultiObjectiveTrainingTest, FollowsPyTorch) {
  const TheoryGolden golden;
  MultiObjectiveTraining training;
  training.set_learning_rate(0.7);
  training.set_epochs(5);
  training.set_batch_size(5);
  *training.mutable_attack() = kL2;
  for (const ResidualNetworkSpec& spec : TheoryGolden::Networks()) {
    SCOPED_TRACE(spec.name());
    const auto network = golden.Network(spec);
    ASSERT_TRUE(TrainMultiObjective(golden.Get(spec.name() + ".x").transpose(),
                                    TheoryGolden::Labels(), 0.3, training, 0,
                                    *network)
                    .ok());
    for (size_t k = 0; k < network->weights().size(); ++k) {
      const std::string index = std::to_string(k);
      const Eigen::MatrixXd trained =
          golden.Get(spec.name() + ".trained." + index);
      EXPECT_LT(Distance(network->weights()[k], trained), 1e-12);
      EXPECT_GT(
          Distance(golden.Get(spec.name() + ".weights." + index), trained),
          1e-3);
    }
  }
}

// The ends of b are training on clean and on adversarial inputs; batches,
// shuffling and the attack's starts are used.
TEST(MultiObjectiveTrainingTest, LearnsRobustly) {
  const auto spec = TestNetwork("a", {S::RELU, S::RELU}, {1});
  const Eigen::MatrixXd x = TestInputs(16, 200, 8);
  Eigen::VectorXd y(200);
  for (int i = 0; i < 200; ++i) y(i) = x(0, i) + 0.3 * x(1, i) > 0 ? 1 : -1;
  MultiObjectiveTraining training;
  training.set_learning_rate(2);
  training.set_epochs(20);
  training.set_batch_size(32);
  *training.mutable_attack() = Attack(InputAttack::LINF, 0.1, 0.03, 5, true);
  double clean[2], robust[2];
  for (int b = 0; b < 2; ++b) {
    auto network = MakeResidualNetwork("test", spec, {1, 4}, 64, 1);
    ASSERT_TRUE(network.ok());
    ASSERT_TRUE(TrainMultiObjective(x, y, b, training, 5, **network).ok());
    clean[b] = ErrorShare(**network, x, y);
    robust[b] = ErrorShare(
        **network, AttackInputs(**network, x, y, training.attack(), TestStart),
        y);
    EXPECT_GE(robust[b], clean[b]);
    auto again = MakeResidualNetwork("test", spec, {1, 4}, 64, 1);
    ASSERT_TRUE(TrainMultiObjective(x, y, b, training, 5, **again).ok());
    EXPECT_EQ((*again)->weights()[1], (*network)->weights()[1]);
  }
  EXPECT_LT(clean[0], 0.05);
  EXPECT_LT(robust[1], robust[0]);
}

TEST(MultiObjectiveTrainingTest, Refusals) {
  MultiObjectiveTraining training;
  training.set_learning_rate(1);
  training.set_epochs(1);
  training.set_batch_size(8);
  *training.mutable_attack() = kLinf;
  const auto error = [&] {
    return std::string(
        CheckTraining("a.textproto", "training", training).message());
  };
  EXPECT_EQ(error(), "");
  training.mutable_attack()->set_steps(0);
  EXPECT_EQ(
      error(),
      "a.textproto: field training.attack.steps: expected 1 to 1000, found 0");
  training.mutable_attack()->set_epsilon(-1);
  EXPECT_EQ(
      error(),
      "a.textproto: field training.attack.epsilon: expected 0 to 10, found -1");
  *training.mutable_attack() = kLinf;
  training.mutable_attack()->set_step_size(std::nan(""));
  EXPECT_EQ(error(),
            "a.textproto: field training.attack.step_size: expected 0 to 10, "
            "found nan");
  *training.mutable_attack() = kLinf;
  training.set_batch_size(0);
  EXPECT_EQ(
      error(),
      "a.textproto: field training.batch_size: expected 1 or more, found 0");
  training.set_batch_size(8);
  training.set_epochs(0);
  EXPECT_EQ(error(),
            "a.textproto: field training.epochs: expected 1 to 10000, found 0");
  training.set_epochs(30);
  training.set_learning_rate(0);
  EXPECT_EQ(error(),
            "a.textproto: field training.learning_rate: expected a number "
            "above 0, found 0");
  // A step so large that the outputs overflow.
  training.set_learning_rate(1e300);
  auto network = MakeResidualNetwork(
      "test", TestNetwork("a", {S::RELU, S::RELU}, {1}), {1, 3}, 8, 0);
  const Eigen::MatrixXd x = TestInputs(9, 8, 0);
  const Eigen::VectorXd y = Eigen::VectorXd::Ones(8);
  const absl::Status status =
      TrainMultiObjective(x, y, 0.5, training, 0, **network);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()),
              ::testing::HasSubstr("expected finite outputs"));
  EXPECT_EQ(TrainMultiObjective(x, y, 1.5, training, 0, **network).message(),
            "b: expected 0 to 1, found 1.5");
}

// K_all(b) is the Gram matrix of (1-b) g(x) + b g(x~): its ends, and a network
// between by finite differences of the mixed outputs.
TEST(MixedKernelTest, EndsAndFiniteDifferences) {
  const auto spec = TestNetwork("a", {S::TANH, S::RELU}, {1});
  auto network = MakeResidualNetwork("test", spec, {1, 3}, 5, 2);
  const Eigen::MatrixXd x = TestInputs(9, 4, 0);
  const Eigen::VectorXd y{{1, 1, -1, -1}};
  const Eigen::MatrixXd moved = AttackInputs(**network, x, y, kL2, TestStart);
  const GradientFactors at_x = (*network)->Factors(x);
  const GradientFactors at_moved = (*network)->Factors(moved);
  const Eigen::MatrixXd clean = FactorKernel(at_x, at_x);
  const Eigen::MatrixXd cross = FactorKernel(at_x, at_moved);
  const Eigen::MatrixXd robust = FactorKernel(at_moved, at_moved);
  EXPECT_EQ(*MixedKernel(clean, cross, robust, 0), clean);
  EXPECT_EQ(*MixedKernel(clean, cross, robust, 1), robust);
  constexpr double kB = 0.4, kStep = 1e-6;
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(4, 4);
  for (Eigen::MatrixXd& weights : (*network)->weights()) {
    for (Eigen::Index i = 0; i < weights.size(); ++i) {
      const double kept = weights.data()[i];
      const auto mixed = [&](double value) -> Eigen::VectorXd {
        weights.data()[i] = value;
        return (1 - kB) * (*network)->Outputs(x) +
               kB * (*network)->Outputs(moved);
      };
      const Eigen::VectorXd slope =
          (mixed(kept + kStep) - mixed(kept - kStep)) / (2 * kStep);
      weights.data()[i] = kept;
      gram += slope * slope.transpose();
    }
  }
  EXPECT_LT(Distance(*MixedKernel(clean, cross, robust, kB), gram), 1e-7);
}

TEST(GeneralisationBoundTest, ClosedForms) {
  // K = s I: tr K / N = s and y^T K^-1 y / N = 1 / s, whatever s.
  const Eigen::VectorXd y{{1, -1, 1, 1}};
  for (const double scale : {1e-6, 1.0, 1e6}) {
    const auto bound =
        BoundError(scale * Eigen::MatrixXd::Identity(4, 4), y, 0.05);
    ASSERT_TRUE(bound.ok()) << bound.status();
    EXPECT_NEAR(bound->complexity, 2, 1e-12);
    EXPECT_NEAR(bound->bound, 2 + 3 * std::sqrt(std::log(40.0) / 8), 1e-12);
    EXPECT_NEAR(bound->min_eigenvalue, scale, 1e-12 * scale);
  }
  // K = I + t y y^T has y as an eigenvector of 1 + N t: labels that the kernel
  // knows. With y orthogonal to the large direction they are hard.
  const Eigen::MatrixXd easy =
      Eigen::MatrixXd::Identity(4, 4) + 10 * y * y.transpose();
  const Eigen::VectorXd other{{1, 1, 1, -1}};
  EXPECT_NEAR(BoundError(easy, y, 0.1)->complexity, 2 * std::sqrt(11.0 / 41),
              1e-12);
  EXPECT_NEAR(BoundError(easy, other, 0.1)->complexity, 2 * std::sqrt(11.0),
              1e-12);
}

TEST(GeneralisationBoundTest, Refusals) {
  const Eigen::VectorXd y{{1, -1, 1}};
  const Eigen::MatrixXd kernel = Eigen::MatrixXd::Identity(3, 3);
  EXPECT_EQ(
      BoundError(Eigen::MatrixXd::Identity(2, 2), y, 0.1).status().message(),
      "kernel: expected 3 x 3 for as many labels, found 2 x 2");
  EXPECT_EQ(BoundError(kernel, y, 0).status().message(),
            "delta: expected above 0 and below 1, found 0");
  const auto singular = BoundError(Eigen::MatrixXd::Ones(3, 3), y, 0.1);
  EXPECT_EQ(singular.status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace robbench
