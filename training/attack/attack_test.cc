// Compares FGSM and PGD with their equations on a small network, and tests the
// properties that an attack must have. trainer_test compares PGD with
// PyTorch's.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "nas/base/philox.h"
#include "nas/network/cpu_backend.h"
#include "training/attack/attack_fixture.h"
#include "training/attack/attack_streams.h"
#include "training/attack/cross_entropy.h"
#include "training/attack/fgsm_attack.h"
#include "training/attack/pgd_attack.h"

namespace robbench {
namespace {

using AttackTest = AttackFixture;

TEST_P(AttackTest, GradientIsTheLossesSlope) {
  if (GetParam() != at::kDouble) return;  // differences need the digits
  const at::Tensor gradient = LossGradient(images_);
  PhiloxStream stream(2, Purpose::kTest);
  at::Tensor direction = at::empty_like(images_);
  for (int64_t i = 0; i < direction.numel(); ++i) {
    direction.data_ptr<double>()[i] = stream.UniformDouble() - 0.5;
  }
  constexpr double kStep = 1e-7;
  const double slope =
      (Loss(images_ + kStep * direction) - Loss(images_ - kStep * direction)) /
      (2 * kStep);
  EXPECT_NEAR((gradient * direction).sum().item<double>(), slope,
              1e-5 * std::abs(slope));
}

TEST_P(AttackTest, FgsmIsItsEquation) {
  const double epsilon = 8 / 255.0;
  const at::Tensor attacked = RunFgsm(network_, images_, labels_, epsilon);
  const at::Tensor expected =
      (images_ + epsilon * LossGradient(images_).sign()).clamp(0, 1);
  EXPECT_EQ(Largest(attacked - expected), 0);
  EXPECT_GT(Loss(attacked), Loss(images_));
}

TEST_P(AttackTest, PgdIsItsEquation) {
  const PgdOptions options{.epsilon = 0.03, .step_size = 0.02, .steps = 3};
  const AttackStreams streams = Streams({4, 8, 15, 16, 23, 42});
  at::Tensor x = RandomStart(images_, options.epsilon, streams);
  EXPECT_LE(Largest(x - images_), 0.03 + 1e-7);
  // Uniform: the mean of |noise| is half of epsilon, away from the clip.
  const at::Tensor inner =
      (x - images_).masked_select(images_.gt(0.04) & images_.lt(0.96));
  EXPECT_NEAR(inner.abs().mean().item<double>(), 0.015, 0.001);
  for (int step = 0; step < options.steps; ++step) {
    const at::Tensor moved = x + options.step_size * LossGradient(x).sign();
    x = (images_ + (moved - images_).clamp(-options.epsilon, options.epsilon))
            .clamp(0, 1);
  }
  const at::Tensor attacked =
      RunPgd(network_, images_, labels_, options, streams);
  EXPECT_LE(Largest(attacked - x), 1e-7);
  EXPECT_LE(Largest(attacked - images_), 0.03 + 1e-7);
  EXPECT_GE(attacked.min().item<double>(), 0);
  EXPECT_LE(attacked.max().item<double>(), 1);
  EXPECT_GT(Loss(attacked), Loss(images_));
}

TEST_P(AttackTest, BatchSplitDoesNotMatter) {
  const PgdOptions options{.epsilon = 0.03, .step_size = 0.01, .steps = 4};
  const at::Tensor whole =
      RunPgd(network_, images_, labels_, options, Streams({0, 1, 2, 3, 4, 5}));
  const at::Tensor parts = at::cat(
      {RunPgd(network_, images_.narrow(0, 0, 2), labels_.narrow(0, 0, 2),
              options, Streams({0, 1})),
       RunPgd(network_, images_.narrow(0, 2, 4), labels_.narrow(0, 2, 4),
              options, Streams({2, 3, 4, 5}))});
  if (HasImageGradientEngine(plan_, state_)) {
    EXPECT_EQ(Largest(whole - parts), 0);
  } else {
    EXPECT_LE(Largest(whole - parts), 1e-9);
  }
}

TEST_P(AttackTest, EpsilonZeroChangesNothing) {
  EXPECT_EQ(Largest(RunFgsm(network_, images_, labels_, 0) - images_), 0);
  const PgdOptions options{.epsilon = 0, .step_size = 0.1, .steps = 2};
  EXPECT_EQ(Largest(RunPgd(network_, images_, labels_, options,
                           Streams({0, 1, 2, 3, 4, 5})) -
                    images_),
            0);
}

TEST_P(AttackTest, PgdTakesTheStrongestOfItsCandidates) {
  PgdOptions options{.epsilon = 0.02, .step_size = 0.02, .steps = 3};
  labels_ = network_.Logits(images_).argmax(1);
  AttackStreams streams = Streams({0, 1, 2, 3, 4, 5});
  options.restarts = 3;
  options.best_iterate = true;
  const at::Tensor attacked =
      RunPgd(network_, images_, labels_, options, streams);
  ExpectInBall(attacked, 0.02);
  at::Tensor fooled = at::zeros({6}, at::kBool);
  at::Tensor strongest = at::full({6}, -1, images_.options());
  at::Tensor strongest_fooling = at::full({6}, -1, images_.options());
  for (int restart = 0; restart < 3; ++restart) {
    streams.step = static_cast<uint32_t>(restart);
    at::Tensor x = RandomStart(images_, options.epsilon, streams);
    for (int step = 0; step <= options.steps; ++step) {
      const at::Tensor misses = Fooled(x);
      const at::Tensor losses = Losses(x);
      fooled.logical_or_(misses);
      strongest = at::maximum(strongest, losses);
      strongest_fooling = at::where(
          misses, at::maximum(strongest_fooling, losses), strongest_fooling);
      x = PgdStep(images_, x, LossGradient(x), options.epsilon,
                  options.step_size);
    }
  }
  EXPECT_TRUE(Fooled(attacked).equal(fooled));
  EXPECT_LE(Largest(Losses(attacked) -
                    at::where(fooled, strongest_fooling, strongest)),
            1e-6);
}

INSTANTIATE_TEST_SUITE_P(Types, AttackTest,
                         testing::Values(at::kDouble, at::kFloat));

TEST(CrossEntropyTest, KnownValues) {
  const at::Tensor logits =
      at::tensor({1.0, 2.0, 3.0, 0.0, 0.0, 0.0}, at::kDouble).view({2, 3});
  const at::Tensor labels = at::tensor(std::vector<int64_t>{2, 1}, at::kLong);
  const at::Tensor loss = CrossEntropy(logits, labels);
  EXPECT_NEAR(loss[0].item<double>(), 0.40760596444438, 1e-12);
  EXPECT_NEAR(loss[1].item<double>(), std::log(3.0), 1e-12);
  const at::Tensor gradient = CrossEntropyGradient(logits, labels);
  EXPECT_NEAR(gradient[0][0].item<double>(), 0.09003057317038, 1e-12);
  EXPECT_NEAR(gradient[0][2].item<double>(), 0.66524095577482 - 1, 1e-12);
  EXPECT_NEAR(gradient[1][1].item<double>(), 1 / 3.0 - 1, 1e-12);
  EXPECT_EQ(CountCorrect(logits, labels), 1);
}

}  // namespace
}  // namespace robbench
