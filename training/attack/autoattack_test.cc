// Tests APGD, FAB and Square: compares their parts with torchattacks, NumPy and
// SciPy (testdata/make_autoattack_golden.py), the attacks with their equations,
// and tests the properties that an attack must have.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nas/base/safetensors.h"
#include "nas/network/cpu_backend.h"
#include "training/attack/apgd_attack.h"
#include "training/attack/apgd_trajectory.h"
#include "training/attack/attack_fixture.h"
#include "training/attack/attack_streams.h"
#include "training/attack/dlr_loss.h"
#include "training/attack/fab_attack.h"
#include "training/attack/hyperplane_projection.h"
#include "training/attack/predictions.h"
#include "training/attack/square_attack.h"

namespace robbench {
namespace {

const SafetensorsFile& Golden() {
  static const auto* file = new SafetensorsFile(
      SafetensorsFile::Read(
          "training/attack/testdata/autoattack_golden.safetensors")
          .value());
  return *file;
}

at::Tensor Golden(const std::string& name) {
  const TensorEntry& entry = Golden().tensors().at(name);
  const at::ScalarType type = entry.dtype == DType::kF64   ? at::kDouble
                              : entry.dtype == DType::kF32 ? at::kFloat
                                                           : at::kLong;
  return at::from_blob(const_cast<char*>(entry.data.data()), entry.shape,
                       at::TensorOptions().dtype(type))
      .clone();
}

TEST(PredictionsTest, OrderAndMargin) {
  const at::Tensor logits =
      at::tensor({3.0, 1.0, 2.0, 0.0, 3.0, 1.0, 2.0, 0.0}, at::kDouble)
          .view({2, 4});
  const at::Tensor labels = at::tensor(std::vector<int64_t>{0, 1}, at::kLong);
  EXPECT_TRUE(LikeliestOtherClasses(logits, labels, 2)
                  .equal(at::tensor(std::vector<int64_t>{2, 1, 0, 2}, at::kLong)
                             .view({2, 2})));
  EXPECT_TRUE(
      Margin(logits, labels).equal(at::tensor({1.0, -2.0}, at::kDouble)));
  EXPECT_TRUE(CorrectImages(logits, labels)
                  .equal(at::tensor(std::vector<int64_t>{0}, at::kLong)));
}

TEST(DlrLossTest, EqualsTorchattacks) {
  const at::Tensor logits = Golden("dlr.logits");
  const at::Tensor labels = Golden("dlr.labels");
  const LossAndGradient plain = DlrLoss(logits, labels);
  EXPECT_LE(Largest(plain.loss - Golden("dlr.untargeted.loss")), 1e-12);
  EXPECT_LE(Largest(plain.gradient - Golden("dlr.untargeted.gradient")), 1e-12);
  const LossAndGradient targeted =
      TargetedDlrLoss(logits, labels, Golden("dlr.targets"));
  EXPECT_LE(Largest(targeted.loss - Golden("dlr.targeted.loss")), 1e-12);
  EXPECT_LE(Largest(targeted.gradient - Golden("dlr.targeted.gradient")),
            1e-12);
  // Neither shift nor scale matters.
  EXPECT_LE(Largest(DlrLoss(logits * 7 + 3, labels).loss - plain.loss), 1e-10);
}

TEST(ApgdTrajectoryTest, EqualsTorchattacksStepByStep) {
  for (const int steps : {10, 100}) {
    const std::string prefix = "apgd_" + std::to_string(steps) + ".";
    const at::Tensor losses = Golden(prefix + "losses");
    const at::Tensor gradients = Golden(prefix + "gradients");
    const at::Tensor iterates = Golden(prefix + "iterates");
    const at::Tensor step_sizes = Golden(prefix + "step_sizes");
    ApgdTrajectory trajectory(Golden(prefix + "images"), iterates[0], 0.1,
                              steps);
    for (int k = 0;; ++k) {
      EXPECT_LE(Largest(trajectory.iterate() - iterates[k]), 1e-6) << k;
      trajectory.Observe(losses[k], gradients[k]);
      // Halvings are exact.
      EXPECT_LE(Largest(trajectory.step_size() - step_sizes[k]), 1e-8) << k;
      if (k == steps) break;
      trajectory.Move();
    }
    EXPECT_LE(Largest(trajectory.best() - Golden(prefix + "best")), 1e-6);
  }
}

TEST(ApgdTrajectoryTest, ImagesAreIndependent) {
  const at::Tensor losses = Golden("apgd_100.losses");
  const at::Tensor gradients = Golden("apgd_100.gradients");
  const at::Tensor start = Golden("apgd_100.iterates")[0];
  ApgdTrajectory trajectory(Golden("apgd_100.images"), start, 0.1, 100);
  at::Tensor kept = at::arange(4);
  for (int k = 0; k <= 100; ++k) {
    if (k == 30) {  // within a period
      kept = at::tensor(std::vector<int64_t>{1, 3}, at::kLong);
      trajectory.Keep(kept);
    }
    EXPECT_LE(Largest(trajectory.iterate() -
                      Golden("apgd_100.iterates")[k].index_select(0, kept)),
              1e-6);
    trajectory.Observe(losses[k].index_select(0, kept),
                       gradients[k].index_select(0, kept));
    if (k < 100) trajectory.Move();
  }
}

TEST(HyperplaneTest, StepHasTheNormOfTheLinearProgram) {
  const at::Tensor points = Golden("plane.points");
  const at::Tensor normals = Golden("plane.normals");
  const at::Tensor excess = Golden("plane.excess");
  const at::Tensor steps = StepToHyperplane(points, normals, excess);
  const at::Tensor arrived = points + steps;
  EXPECT_GE(arrived.min().item<double>(), 0);
  EXPECT_LE(arrived.max().item<double>(), 1);
  int beyond = 0;
  for (int64_t i = 0; i < points.size(0); ++i) {
    const double norm = Golden("plane.norms")[i].item<double>();
    const double rest =
        excess[i].item<double>() + (normals[i] * steps[i]).sum().item<double>();
    if (norm >= 0) {
      EXPECT_NEAR(Largest(steps[i]), norm, 1e-9) << i;
      EXPECT_NEAR(rest, 0, 1e-9) << i;
      continue;
    }
    ++beyond;  // the corner where <w, .> comes nearest
    const at::Tensor corner =
        excess[i].item<double>() > 0 ? normals[i].lt(0) : normals[i].gt(0);
    EXPECT_EQ(Largest((arrived[i] - corner.to(at::kDouble))
                          .masked_select(normals[i].ne(0))),
              0)
        << i;
    EXPECT_GT(std::abs(rest), 0.01) << i;
  }
  EXPECT_EQ(beyond, 4);
  const at::Tensor floats = StepToHyperplane(
      points.to(at::kFloat), normals.to(at::kFloat), excess.to(at::kFloat));
  EXPECT_LE(Largest(floats - steps), 1e-5);
}

TEST(SquareShareTest, IsThePapersSchedule) {
  const SquareOptions options{.queries = 10'000, .initial_share = 0.8};
  int queries = 0;
  int halvings = 0;
  for (const int last : {10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000}) {
    for (; queries <= last; ++queries) {
      ASSERT_DOUBLE_EQ(SquareShare(options, queries),
                       std::ldexp(0.8, -halvings))
          << queries;
    }
    ++halvings;
  }
  EXPECT_DOUBLE_EQ(SquareShare(options, 9999), 0.8 / 512);
  // Half as many queries: twice as fast.
  const SquareOptions half{.queries = 5000, .initial_share = 0.3};
  EXPECT_DOUBLE_EQ(SquareShare(half, 5), 0.3);
  EXPECT_DOUBLE_EQ(SquareShare(half, 6), 0.15);
  EXPECT_DOUBLE_EQ(SquareShare(half, 4001), 0.3 / 512);
}

// All images are classified correctly at first.
class AutoAttackTest : public AttackFixture {
 protected:
  AutoAttackTest() : AttackFixture(24) {
    labels_ = network_.Logits(images_).argmax(1);
  }

  using AttackFunction = std::function<at::Tensor(
      const at::Tensor& images, const at::Tensor& labels,
      const AttackStreams& streams, double epsilon)>;

  // With an epsilon at which the attack fools some images, and not all.
  struct NamedAttack {
    std::string name;
    double epsilon;
    AttackFunction attack;
  };

  std::vector<NamedAttack> Attacks() const {
    std::vector<NamedAttack> attacks;
    for (const ApgdLoss loss :
         {ApgdLoss::kCrossEntropy, ApgdLoss::kDlr, ApgdLoss::kTargetedDlr}) {
      const std::string name = "apgd " + std::to_string(static_cast<int>(loss));
      attacks.push_back(
          {name, 0.01,
           [this, loss](const at::Tensor& images, const at::Tensor& labels,
                        const AttackStreams& streams, double epsilon) {
             return RunApgd(network_, images, labels,
                            {.epsilon = epsilon,
                             .steps = 12,
                             .restarts = 2,
                             .loss = loss,
                             .targets = 3},
                            streams);
           }});
    }
    attacks.push_back(
        {"fab", 0.01,
         [this](const at::Tensor& images, const at::Tensor& labels,
                const AttackStreams&, double epsilon) {
           return RunFab(network_, images, labels,
                         {.epsilon = epsilon, .steps = 10, .targets = 3});
         }});
    attacks.push_back(
        {"square", 0.05,
         [this](const at::Tensor& images, const at::Tensor& labels,
                const AttackStreams& streams, double epsilon) {
           return RunSquare(network_, images, labels,
                            {.epsilon = epsilon, .queries = 60}, streams);
         }});
    return attacks;
  }

  AttackStreams AllStreams() const {
    std::vector<int64_t> samples;
    for (int64_t i = 0; i < images_.size(0); ++i) samples.push_back(100 + i);
    return Streams(samples);
  }

  int64_t CountFooled(const at::Tensor& attacked) const {
    return Fooled(attacked).sum().item<int64_t>();
  }
};

TEST_P(AutoAttackTest, StaysInTheBallAndFools) {
  for (const auto& [name, epsilon, attack] : Attacks()) {
    SCOPED_TRACE(name);
    const at::Tensor attacked = attack(images_, labels_, AllStreams(), epsilon);
    ExpectInBall(attacked, epsilon);
    EXPECT_GT(CountFooled(attacked), 0);
    EXPECT_LT(CountFooled(attacked), images_.size(0));
    EXPECT_TRUE(
        attacked.equal(attack(images_, labels_, AllStreams(), epsilon)));
  }
}

TEST_P(AutoAttackTest, LargerBallsLeaveFewerImages) {
  for (const auto& [name, epsilon, attack] : Attacks()) {
    SCOPED_TRACE(name);
    EXPECT_GE(CountFooled(attack(images_, labels_, AllStreams(), 0.3)), 20);
  }
}

TEST_P(AutoAttackTest, EpsilonZeroChangesNothing) {
  for (const auto& [name, epsilon, attack] : Attacks()) {
    SCOPED_TRACE(name);
    EXPECT_EQ(Largest(attack(images_, labels_, AllStreams(), 0) - images_), 0);
  }
}

TEST_P(AutoAttackTest, MisclassifiedImagesStayAsTheyAre) {
  for (const auto& [name, epsilon, attack] : Attacks()) {
    SCOPED_TRACE(name);
    const at::Tensor attacked =
        attack(images_, (labels_ + 1).remainder(4), AllStreams(), epsilon);
    EXPECT_TRUE(attacked.equal(images_));
  }
}

TEST_P(AutoAttackTest, BatchSplitDoesNotMatter) {
  for (const auto& [name, epsilon, attack] : Attacks()) {
    SCOPED_TRACE(name);
    const at::Tensor whole = attack(images_, labels_, AllStreams(), epsilon);
    std::vector<at::Tensor> parts;
    for (const auto& [first, count] :
         std::vector<std::pair<int64_t, int64_t>>{{0, 5}, {5, 1}, {6, 18}}) {
      parts.push_back(attack(
          images_.narrow(0, first, count), labels_.narrow(0, first, count),
          SelectStreams(AllStreams(), at::arange(first, first + count)),
          epsilon));
    }
    if (HasImageGradientEngine(plan_, state_)) {
      EXPECT_TRUE(whole.equal(at::cat(parts)));
    } else {
      EXPECT_LE(Largest(whole - at::cat(parts)), 1e-9);
    }
  }
}

// For images that nothing fools, the attack's run is the one written out here.
TEST_P(AutoAttackTest, ApgdIsItsTrajectory) {
  const ApgdOptions options{.epsilon = 0.002, .steps = 8};
  const at::Tensor attacked =
      RunApgd(network_, images_, labels_, options, AllStreams());
  ApgdTrajectory trajectory(
      images_,
      ApgdStart(images_, UniformNoise(images_, AllStreams()), options.epsilon),
      options.epsilon, options.steps);
  EXPECT_NEAR(Largest(trajectory.iterate() - images_), options.epsilon, 1e-7);
  at::Tensor fooled = at::zeros({images_.size(0)}, at::kBool);
  for (int step = 0;; ++step) {
    fooled.logical_or_(Fooled(trajectory.iterate()));
    trajectory.Observe(Losses(trajectory.iterate()),
                       LossGradient(trajectory.iterate()));
    if (step == options.steps) break;
    trajectory.Move();
  }
  EXPECT_TRUE(Fooled(attacked).equal(fooled));
  const at::Tensor left = Positions(fooled.logical_not());
  ASSERT_GT(left.numel(), 10);
  EXPECT_LE(Largest(attacked.index_select(0, left) -
                    trajectory.best().index_select(0, left)),
            1e-7);
}

// More targets, more fooled: all of the first target's and others.
TEST_P(AutoAttackTest, TargetsAddUp) {
  ApgdOptions apgd{.epsilon = 0.01,
                   .steps = 10,
                   .loss = ApgdLoss::kTargetedDlr,
                   .targets = 1};
  FabOptions fab{.epsilon = 0.01, .steps = 10, .targets = 1};
  const at::Tensor one =
      Fooled(RunApgd(network_, images_, labels_, apgd, AllStreams()));
  const at::Tensor fab_one = Fooled(RunFab(network_, images_, labels_, fab));
  apgd.targets = fab.targets = 3;
  const at::Tensor all =
      Fooled(RunApgd(network_, images_, labels_, apgd, AllStreams()));
  const at::Tensor fab_all = Fooled(RunFab(network_, images_, labels_, fab));
  EXPECT_TRUE(all.logical_or(one).equal(all));
  EXPECT_TRUE(fab_all.logical_or(fab_one).equal(fab_all));
}

// With an epsilon of 1 the result is the first misclassified iterate: of one
// step the one of the equation, with alpha = 1/2 cut to 0.1.
TEST_P(AutoAttackTest, FabIsItsEquation) {
  const at::Tensor targets =
      LikeliestOtherClasses(network_.Logits(images_), labels_, 1);
  at::Tensor margin;
  const at::Tensor gradient =
      network_.ImageGradient(images_, [&](const at::Tensor& logits) {
        margin =
            (logits.gather(1, targets) - logits.gather(1, labels_.unsqueeze(1)))
                .squeeze(1);
        at::Tensor g = at::zeros_like(logits);
        g.scatter_(1, targets, 1);
        return g.scatter_(1, labels_.unsqueeze(1), -1);
      });
  const at::Tensor step =
      StepToHyperplane(images_.flatten(1), gradient.flatten(1), margin)
          .view_as(images_);
  const at::Tensor expected = (images_ + 1.05 * step).clamp(0, 1);
  const at::Tensor attacked = RunFab(network_, images_, labels_,
                                     {.epsilon = 1, .steps = 1, .targets = 1});
  const at::Tensor fooled = Fooled(expected);
  EXPECT_GE(fooled.sum().item<int64_t>(), 3);
  EXPECT_TRUE(Fooled(attacked).equal(fooled));
  const at::Tensor rows = Positions(fooled);
  EXPECT_LE(
      Largest(attacked.index_select(0, rows) - expected.index_select(0, rows)),
      1e-6);
}

// Every pixel is epsilon off, but for the clip, and the margin only falls.
TEST_P(AutoAttackTest, SquareMovesBetweenCorners) {
  const auto attack = [&](int queries) {
    return RunSquare(network_, images_, labels_,
                     {.epsilon = 0.05, .queries = queries}, AllStreams());
  };
  const at::Tensor attacked = attack(40);
  const at::Tensor off =
      at::minimum((attacked - (images_ + 0.05).clamp_max(1)).abs(),
                  (attacked - (images_ - 0.05).clamp_min(0)).abs());
  EXPECT_LE(Largest(off), 1e-6);
  // The start: columns alike in sign.
  const at::Tensor sign = (attack(1) - images_).sign();
  const at::Tensor side = sign.select(2, 0).unsqueeze(2);
  EXPECT_GT(sign.eq(side).to(at::kDouble).mean().item<double>(), 0.5);
  const auto margins = [&](const at::Tensor& images) {
    return Margin(network_.Logits(images), labels_);
  };
  const at::Tensor before = margins(images_);
  EXPECT_LT((margins(attacked) - before).mean().item<double>(), 0);
}

INSTANTIATE_TEST_SUITE_P(Types, AutoAttackTest,
                         testing::Values(at::kDouble, at::kFloat));

}  // namespace
}  // namespace robbench
