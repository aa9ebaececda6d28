// Tests the claims that are decided by studies, evaluations and reproductions.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/claims/claims_fixture.h"  // IWYU pragma: keep
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/studies/predictor/small_study.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "analysis/studies/reproduction/reproduction_criterion.h"
#include "analysis/table/predictor_scores.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

void SetJoint(double low, double high, NtkOutcome outcome,
              NtkJointInterval& joint) {
  joint.set_low(low);
  joint.set_high(high);
  joint.set_outcome(outcome);
}

// If one of two settings says nothing, a claim holds in part.
TEST_F(MakeClaimsTest, NtkClaimsFollowTheStudy) {
  EXPECT_EQ(Find("ntk_gain_grows").verdict(), Claim::NOT_TESTED);
  ntk_study_.emplace();
  ntk_study_->mutable_spec()->set_dataset("cifar10");
  ntk_study_->mutable_spec()->set_least_gain(.05);
  for (const char* name : {"calibrated", "eval"}) {
    NtkSettingStudy& setting = *ntk_study_->add_settings();
    setting.set_setting(name);
    setting.set_cells(210);
    NtkGrowth& growth = *setting.add_growths();
    growth.set_score("min_eigenvalue");
    growth.set_kernel("robust_8");
    growth.set_smaller_kernel("robust_3");
    growth.set_metric("pgd_8");
    growth.set_smaller_metric("pgd_3");
    growth.set_difference(.1);
    growth.set_low(.05);
    growth.set_high(.15);
    SetJoint(.01, .19, BETTER, *growth.mutable_joint());
    NtkContrast& contrast = *setting.add_contrasts();
    contrast.set_score("min_eigenvalue");
    contrast.set_kernel("robust_8");
    contrast.set_against("clean");
    contrast.set_metric("pgd_8");
    contrast.set_difference(.2);
    contrast.set_low(.1);
    contrast.set_high(.3);
    SetJoint(.05, .35, BETTER, *contrast.mutable_joint());
  }
  EXPECT_EQ(Find("ntk_gain_grows").verdict(), Claim::HOLDS);
  EXPECT_EQ(Find("robust_ntk_predicts_better").verdict(), Claim::HOLDS);
  SetJoint(
      -.05, .25, OPEN,
      *ntk_study_->mutable_settings(1)->mutable_growths(0)->mutable_joint());
  EXPECT_EQ(Find("ntk_gain_grows").verdict(), Claim::HOLDS_IN_PART);
  NtkContrast& contrast =
      *ntk_study_->mutable_settings(0)->mutable_contrasts(0);
  SetJoint(-.3, -.1, AT_MOST_LITTLE_BETTER, *contrast.mutable_joint());
  const Claim claim = Find("robust_ntk_predicts_better");
  EXPECT_EQ(claim.verdict(), Claim::HOLDS_IN_PART);
  EXPECT_EQ(claim.figure(), "ntk_study");
  EXPECT_THAT(claim.reason(), HasSubstr("eval"));
}

// Whether anything beats the number of parameters follows from the joint
// intervals of the gains.
TEST_F(MakeClaimsTest, PredictorClaimFollowsTheStudy) {
  const std::string id = "predictor_beats_parameters";
  EXPECT_EQ(Find(id).verdict(), Claim::NOT_TESTED);
  predictor_study_ = SmallPredictorStudy();
  const auto set_joint = [&](int result, double low, double high,
                             PredictorOutcome outcome) {
    PredictorGain::Joint& joint = *predictor_study_->mutable_predictors(1)
                                       ->mutable_results(result)
                                       ->mutable_gain()
                                       ->mutable_joint();
    joint.set_low(low);
    joint.set_high(high);
    joint.set_outcome(outcome);
  };
  const Claim claim = Find(id);
  EXPECT_EQ(claim.verdict(), Claim::HOLDS) << claim.reason();
  ASSERT_EQ(claim.parts_size(), 2);
  EXPECT_EQ(claim.parts(0).scope(), "CIFAR-10");
  EXPECT_THAT(claim.parts(0).reason(),
              AllOf(HasSubstr("0.50 [0.38, 0.62] for the number of parameters"),
                    HasSubstr("0.75 [0.69, 0.81] for ZiCo, PGD 8/255"),
                    HasSubstr("of 1 other numbers better: 1, worse: 0"),
                    HasSubstr("a perfect predictor reaches 0.969")));
  // An interval that begins at 0 decides nothing while it holds a gain of .05.
  set_joint(1, 0, .375, UNDECIDED_GAIN);
  EXPECT_EQ(Find(id).verdict(), Claim::HOLDS_IN_PART);
  EXPECT_EQ(Find(id).parts(0).verdict(), Claim::UNDECIDED);
  set_joint(3, -.1, .05, UNDECIDED_GAIN);
  EXPECT_EQ(Find(id).verdict(), Claim::UNDECIDED);
  set_joint(1, .01, .04, NO_GAIN);
  set_joint(3, -.2, -.1, WORSE_THAN_PARAMETERS);
  EXPECT_EQ(Find(id).verdict(), Claim::DOES_NOT_HOLD);
  // Without joint intervals nothing was compared.
  for (const int result : {1, 3}) {
    predictor_study_->mutable_predictors(1)
        ->mutable_results(result)
        ->mutable_gain()
        ->clear_joint();
  }
  EXPECT_EQ(Find(id).verdict(), Claim::NOT_TESTED);
}

// A short training is nothing known before training: it has a claim of its own
// and is not recommended, but told of beside what is.
TEST_F(MakeClaimsTest, ShortTrainingsHaveTheirOwnClaim) {
  EXPECT_EQ(Find("short_training_beats_parameters").verdict(),
            Claim::NOT_TESTED);
  predictor_study_ = SmallPredictorStudy();
  EXPECT_EQ(Find("short_training_beats_parameters").verdict(),
            Claim::NOT_TESTED);
  Predictor& training = *predictor_study_->mutable_predictors(1);
  training.set_kind(Predictor::TRAINING);
  training.set_name("short_3000");
  EXPECT_EQ(Find("predictor_beats_parameters").verdict(), Claim::NOT_TESTED);
  const Claim claim = Find("short_training_beats_parameters");
  EXPECT_EQ(claim.verdict(), Claim::HOLDS) << claim.reason();
  EXPECT_THAT(claim.parts(0).reason(),
              HasSubstr("0.75 [0.69, 0.81] for 1/3000 of a training, PGD "
                        "8/255"));
  // Parameters are those of the trained cells.
  training.set_left_out_cells(150);
  EXPECT_THAT(Find("short_training_beats_parameters").parts(0).reason(),
              AllOf(HasSubstr("0.50 over the same 50 cells for the number of "
                              "parameters and 0.75 [0.69, 0.81] for"),
                    Not(HasSubstr("a perfect predictor"))));
  ShortTraining& described = *predictor_study_->add_trainings();
  described.set_name("short_3000");
  described.mutable_benchmark()->set_train_images(2560);
  described.add_seeds(0);
  const Claim partly = Find("short_training_beats_parameters");
  for (const Estimate& estimate : partly.parts(0).evidence()) {
    EXPECT_EQ(estimate.protocol(),
              "after a short training on 2560 images of CIFAR-10, 50 cells, "
              "means over 1 seed; published accuracies")
        << estimate.id();
    EXPECT_NE(estimate.id(), "perfect");
    if (estimate.id() == "parameters") EXPECT_EQ(estimate.value(), 0.5);
  }
  training.set_left_out_cells(0);
  const Claims claims = Make();
  std::string text;
  for (const Finding& finding : claims.findings()) {
    if (finding.heading() == "Which cheap score finds a robust cell") {
      text = finding.text();
    }
  }
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("rank cells by their number of parameters, most "
                      "first: of 1 numbers tried"),
            HasSubstr(
                "For comparison, 1/3000 of a training, PGD 8/255: "
                "CIFAR-10 0.75 [0.69, 0.81] (parameters 0.50 [0.38, 0.62]), "
                "CIFAR-100 0.50 (parameters 0.25).")));
}

// What is recommended has to be better on all data sets.
TEST_F(MakeClaimsTest, RecommendedPredictor) {
  const auto recommended = [&] {
    const Claims claims = Make();
    for (const Finding& finding : claims.findings()) {
      if (finding.heading() == "Which cheap score finds a robust cell") {
        return finding.text();
      }
    }
    return std::string("none");
  };
  EXPECT_EQ(recommended(), "none");
  predictor_study_ = SmallPredictorStudy();
  EXPECT_THAT(
      recommended(),
      AllOf(
          HasSubstr("rank cells by ZiCo, PGD 8/255: of 2 numbers tried on 200 "
                    "cells it is the cheapest"),
          HasSubstr("CIFAR-10 0.75 [0.69, 0.81] (parameters 0.50 [0.38, "
                    "0.62]), CIFAR-100 0.50 (parameters 0.25)"),
          HasSubstr("lies below the best of all: CIFAR-10 k = 20: 0.8 (random "
                    "6.2); noise resolves 1.2."),
          HasSubstr("of CIFAR-10 images and of initial weights of 2 seeds")));
  predictor_study_->mutable_predictors(1)
      ->mutable_results(3)
      ->mutable_gain()
      ->mutable_joint()
      ->set_outcome(UNDECIDED_GAIN);
  EXPECT_THAT(recommended(),
              AllOf(HasSubstr("rank cells by their number of parameters, most "
                              "first: of 2 numbers"),
                    HasSubstr("On CIFAR-10 it is beaten, by ZiCo, most clearly "
                              "by ZiCo, PGD 8/255 with 0.75")));
}

// Returns the evaluation of a network by the suite gradient_obfuscation, with
// what each attack leaves of 100 images.
EvaluationRecord Evaluation(
    const std::vector<std::pair<std::string, int>>& left) {
  EvaluationRecord record;
  record.set_dataset("fashion_mnist");
  record.set_suite("gradient_obfuscation");
  for (const auto& [name, correct] : left) {
    AttackResult& attack = *record.add_attacks();
    attack.set_name(name);
    attack.set_correct(correct);
    attack.set_total(100);
    if (name.rfind("pgd_", 0) == 0) {
      attack.mutable_attack()->mutable_pgd()->set_epsilon(1);
    }
  }
  return record;
}

TEST_F(MakeClaimsTest, ObfuscatedGradients) {
  const std::string id = "gradients_are_not_obfuscated";
  EXPECT_EQ(Find(id).verdict(), Claim::NOT_TESTED);
  const std::vector<std::pair<std::string, int>> fine = {
      {"clean", 70}, {"fgsm_3", 51}, {"pgd_3", 50},  {"square_3", 55},
      {"pgd_8", 30}, {"pgd_64", 1},  {"pgd_255", 0},
  };
  // A network without a path gives an attack nothing to do. It decides nothing
  // alone and does not count beside others.
  const EvaluationRecord constant = Evaluation({{"clean", 10},
                                                {"fgsm_3", 10},
                                                {"pgd_3", 10},
                                                {"square_3", 10},
                                                {"pgd_8", 10},
                                                {"pgd_64", 10},
                                                {"pgd_255", 10}});
  obfuscation_ = {constant};
  EXPECT_EQ(Find(id).verdict(), Claim::NOT_TESTED);
  obfuscation_ = {Evaluation(fine), constant};
  const Claim claim = Find(id);
  EXPECT_EQ(claim.verdict(), Claim::HOLDS) << claim.reason();
  EXPECT_THAT(claim.reason(), HasSubstr("pgd_3 50.0% ± 9.8,"));
  EXPECT_THAT(claim.reason(), HasSubstr("1 network on Fashion-MNIST"));
  const struct {
    const char* attack;
    int left;
    Claim::Verdict verdict;
  } changes[] = {
      // Near one half, 1.96 standard errors of a difference are 13.9 points.
      {"square_3", 37, Claim::HOLDS},
      {"square_3", 36, Claim::DOES_NOT_HOLD},
      {"fgsm_3", 36, Claim::DOES_NOT_HOLD},
      {"pgd_8", 63, Claim::HOLDS},
      {"pgd_8", 64, Claim::DOES_NOT_HOLD},
      {"pgd_255", 1, Claim::HOLDS},
      {"pgd_255", 2, Claim::DOES_NOT_HOLD},
  };
  for (const auto& [attack, left, verdict] : changes) {
    auto changed = fine;
    for (auto& [name, correct] : changed) {
      if (name == attack) correct = left;
    }
    obfuscation_ = {Evaluation(changed)};
    EXPECT_EQ(Find(id).verdict(), verdict) << attack << " " << left;
  }
}

TEST(CheckObfuscation, RefusesWhatDoesNotBelong) {
  const EvaluationRecord first =
      Evaluation({{"clean", 70}, {"pgd_3", 50}, {"square_3", 55}});
  EXPECT_TRUE(CheckObfuscation("f", first, first).ok());
  const auto message = [&](auto change) {
    EvaluationRecord record = first;
    change(record);
    return std::string(CheckObfuscation("f", record, first).message());
  };
  EXPECT_THAT(message([](EvaluationRecord& r) { r.set_suite("paper"); }),
              HasSubstr("f: field suite"));
  EXPECT_THAT(message([](EvaluationRecord& r) { r.set_dataset("cifar10"); }),
              HasSubstr("f: field dataset"));
  EXPECT_THAT(message([](EvaluationRecord& r) {
                r.mutable_skeleton()->set_channels(99);
              }),
              HasSubstr("f: field skeleton"));
  EXPECT_THAT(message([](EvaluationRecord& r) { r.clear_attacks(); }),
              HasSubstr("f: field attacks"));
  EXPECT_THAT(
      message([](EvaluationRecord& r) { r.mutable_attacks()->RemoveLast(); }),
      HasSubstr("clean,pgd_3,square_3"));
  EXPECT_THAT(
      message([](EvaluationRecord& r) { r.mutable_attacks(1)->set_total(90); }),
      HasSubstr("f: field attacks.total"));
  EXPECT_THAT(message([](EvaluationRecord& r) {
                r.mutable_attacks(1)->set_correct(101);
              }),
              HasSubstr("correct 101"));
  EXPECT_EQ(message([](EvaluationRecord& r) {
              r.clear_attacks();
              r.set_failed("loss");
            }),
            "");
}

TEST_F(MakeClaimsTest, CorruptionsNameTheMissingFile) {
  const Claim claim = Find("robust_cells_withstand_corruptions");
  EXPECT_EQ(claim.verdict(), Claim::NOT_TESTED);
  EXPECT_THAT(claim.reason(), HasSubstr("CIFAR-10-C is missing"));
  EXPECT_THAT(claim.reason(), HasSubstr("labels.npy"));
}

// The claim says what the criterion says, from its own evidence.
TEST_F(MakeClaimsTest, ReproductionsFollowTheCriterion) {
  const std::string id = "published_rows_are_reproduced";
  EXPECT_EQ(Find(id).verdict(), Claim::NOT_TESTED);
  ReferenceRow row;
  row.set_dataset("cifar10");
  row.set_cell(2581);
  row.set_kind(STEADY);
  row.add_rows(2581);
  OurCell ours;
  ours.set_dataset("cifar10");
  *ours.mutable_cell() = MakeCellIdentity(*Cell::FromIndex(2581));
  for (const uint32_t seed : {0, 1}) {
    TrainingOutcome& outcome = *ours.add_trainings();
    outcome.set_seed(seed);
    outcome.set_escape_epoch(2);
    outcome.set_ended_on_plateau(false);
  }
  for (const char* metric : {"clean", "pgd_8"}) {
    ReferenceAccuracy& reference = *row.add_accuracies();
    reference.set_metric(metric);
    reference.add_means(.5);
    reference.set_seeds(3);
    reference.set_images(10000);
    reference.mutable_scatter()->set_one_seed(.003);
    reference.mutable_scatter()->set_degrees_of_freedom(100);
    reference.mutable_scatter()->set_failed_share(.01);
    OurAccuracy& accuracy = *ours.add_accuracies();
    accuracy.set_metric(metric);
    accuracy.set_images(10000);
    for (const uint32_t seed : {0, 1}) {
      OurAccuracy::Seed& value = *accuracy.add_seeds();
      value.set_seed(seed);
      value.set_value(.5 + .001 * seed);
    }
  }
  const auto judge = [&] {
    reproductions_.emplace();
    *reproductions_->mutable_rule() = PublishedRule();
    *reproductions_->add_cells() =
        JudgeReproduction(reproductions_->rule(), row, ours);
    return reproductions_->cells(0).verdict();
  };
  EXPECT_EQ(judge(), HOLDS);
  EXPECT_EQ(Find(id).verdict(), Claim::HOLDS);
  EXPECT_EQ(Find(id).parts(0).scope(), "cell 2581 (323133)");
  const OurCell whole = ours;
  for (auto& seed : *ours.mutable_accuracies(1)->mutable_seeds()) {
    seed.set_value(seed.value() + .02);
  }
  EXPECT_EQ(judge(), DIFFERS);
  EXPECT_EQ(Find(id).verdict(), Claim::DOES_NOT_HOLD);
  ours = whole;
  ours.mutable_accuracies(1)->mutable_seeds(0)->set_value(.4);
  EXPECT_EQ(judge(), UNDECIDED);
  EXPECT_EQ(Find(id).verdict(), Claim::UNDECIDED);
  ours = whole;
  ours.mutable_trainings(0)->set_ended_on_plateau(true);
  EXPECT_EQ(judge(), FAILED);
  EXPECT_EQ(Find(id).verdict(), Claim::DOES_NOT_HOLD);
  // If a required metric was not measured, nothing is decided.
  ours = whole;
  ours.mutable_accuracies()->RemoveLast();
  EXPECT_EQ(judge(), UNDECIDED);
  EXPECT_EQ(Find(id).verdict(), Claim::UNDECIDED);
}

}  // namespace
}  // namespace robbench
