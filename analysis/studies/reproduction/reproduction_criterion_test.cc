// Tests the rule and each verdict by hand, and that a verdict changes when its
// evidence does.
#include "analysis/studies/reproduction/reproduction_criterion.h"

#include <cmath>
#include <cstdint>
#include <string>

#include "analysis/studies/reproduction/reproduction.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace robbench {
namespace {

using ::testing::ElementsAre;

// The thresholds that analysis/studies/reproduction/README.md states.
TEST(ReproductionRule, IsAsWritten) {
  const ReproductionRule rule = PublishedRule();
  EXPECT_EQ(rule.confidence(), 0.95);
  EXPECT_EQ(rule.widest(), 0.02);
  EXPECT_THAT(rule.required_metrics(), ElementsAre("clean", "pgd_8"));
  EXPECT_EQ(rule.failed_row_errors(), 4);
  EXPECT_EQ(rule.least_failure_chance(), 0.05);
  EXPECT_EQ(rule.own_scatter_confidence(), 0.95);
}

// The reference has two metrics and `rows` published rows of three seeds each,
// around .6 and .35. Here `seeds` runs have the same values.
class Criterion : public ::testing::Test {
 protected:
  Criterion() {
    Parse(R"pb(
            dataset: "cifar10"
            cell: 894
            kind: STEADY
            rows: 41
            rows: 894
            accuracies {
              metric: "clean"
              means: 0.601
              means: 0.599
              seeds: 3
              images: 10000
              scatter {
                one_seed: 0.003
                degrees_of_freedom: 1000
                failed_share: 0.003
              }
            }
            accuracies {
              metric: "pgd_8"
              means: 0.351
              means: 0.349
              seeds: 3
              images: 10000
              scatter {
                one_seed: 0.0025
                degrees_of_freedom: 1000
                failed_share: 0.001
              }
            })pb",
          row_);
    Parse(R"pb(
            dataset: "cifar10"
            cell {
              index: 894
              code: "000211"
              architecture: ""
              representative: 894
            }
            accuracies { metric: "clean" images: 10000 }
            accuracies { metric: "pgd_8" images: 10000 })pb",
          ours_);
    Train(0, 0.602, 0.351);
  }

  template <typename T>
  static void Parse(const std::string& text, T& message) {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  }

  TrainingOutcome& Train(uint32_t seed, double clean, double pgd) {
    TrainingOutcome& training = *ours_.add_trainings();
    training.set_seed(seed);
    training.set_escape_epoch(2);
    training.set_ended_on_plateau(false);
    for (int i = 0; i < 2; ++i) {
      OurAccuracy::Seed& out = *ours_.mutable_accuracies(i)->add_seeds();
      out.set_seed(seed);
      out.set_value(i == 0 ? clean : pgd);
    }
    return training;
  }

  CellReproduction Judged() const {
    return JudgeReproduction(PublishedRule(), row_, ours_);
  }
  Verdict Judgement() const { return Judged().verdict(); }

  ReferenceRow row_;
  OurCell ours_;
};

TEST_F(Criterion, IntervalByHand) {
  const CellReproduction judged = Judged();
  EXPECT_EQ(judged.verdict(), HOLDS);
  EXPECT_EQ(judged.reason(), "no metric differs");
  ASSERT_EQ(judged.metrics_size(), 2);
  const MetricEvidence& clean = judged.metrics(0);
  EXPECT_EQ(clean.metric(), "clean");
  EXPECT_THAT(clean.rows(), ElementsAre(41, 894));
  EXPECT_NEAR(clean.published(), .6, 1e-12);
  EXPECT_EQ(clean.our_seeds(), 1);
  EXPECT_EQ(clean.their_seeds(), 6);
  EXPECT_EQ(clean.scatter_of(), MetricEvidence::KIND);
  EXPECT_FALSE(clean.has_our_spread());
  const double error = .003 * std::sqrt(1 + 1.0 / 6);
  EXPECT_NEAR(clean.standard_error(), error, 1e-12);
  // This is SciPy's t.ppf(1 - .05 / 4, 1000).
  EXPECT_NEAR(clean.limit(), 2.2447831150, 1e-9);
  EXPECT_NEAR(clean.low(), .002 - 2.2447831150 * error, 1e-10);
  EXPECT_NEAR(clean.high(), .002 + 2.2447831150 * error, 1e-10);
}

TEST_F(Criterion, DiffersWhereOneIntervalLeavesOutZero) {
  // The limit is 2.2448 x .003 x sqrt(7/6) = .00727; the values are just inside
  // and outside.
  OurAccuracy::Seed& clean = *ours_.mutable_accuracies(0)->mutable_seeds(0);
  clean.set_value(.60727);
  EXPECT_EQ(Judgement(), HOLDS);
  clean.set_value(.60728);
  EXPECT_EQ(Judgement(), DIFFERS);
  EXPECT_EQ(Judged().reason(), "differs in clean");
  clean.set_value(.59272);
  EXPECT_EQ(Judgement(), DIFFERS);
}

TEST_F(Criterion, UndecidedWhereTheIntervalIsWide) {
  SeedScatter& scatter = *row_.mutable_accuracies(0)->mutable_scatter();
  scatter.set_one_seed(.0082);  // 2.2448 x .0082 x sqrt(7/6) = .0199
  EXPECT_EQ(Judgement(), HOLDS);
  scatter.set_one_seed(.0083);
  EXPECT_EQ(Judgement(), UNDECIDED);
  EXPECT_EQ(Judged().reason(), "too little power in clean");
  // More seeds make the limit narrower.
  Train(1, .601, .350);
  EXPECT_EQ(Judgement(), HOLDS);
}

TEST_F(Criterion, ChanceIsNotEnough) {
  // A cell far off its row may not pass because the scatter of its kind is as
  // large.
  row_.mutable_accuracies(0)->mutable_scatter()->set_one_seed(.052);
  ours_.mutable_accuracies(0)->mutable_seeds(0)->set_value(.5);
  EXPECT_EQ(Judgement(), UNDECIDED);
  ours_.mutable_accuracies(0)->mutable_seeds(0)->set_value(.16);
  EXPECT_EQ(Judgement(), DIFFERS);
}

TEST_F(Criterion, AMetricThatIsNotThereDecidesNothing) {
  row_.mutable_accuracies(1)->set_metric("pgd_3");
  EXPECT_EQ(Judgement(), UNDECIDED);
  EXPECT_EQ(Judged().reason(), "too little power in pgd_8");
  EXPECT_EQ(Judged().metrics_size(), 1);
}

TEST_F(Criterion, MoreMetricsMoreCaution) {
  const double two = Judged().metrics(0).limit();
  row_.mutable_accuracies(1)->set_metric("pgd_3");
  EXPECT_LT(Judged().metrics(0).limit(), two);
}

TEST_F(Criterion, OwnSeedsArePooled) {
  Train(1, .600, .351);
  const CellReproduction judged = Judged();
  const MetricEvidence& clean = judged.metrics(0);
  EXPECT_EQ(clean.scatter_of(), MetricEvidence::KIND_AND_OWN);
  EXPECT_NEAR(clean.our_spread(), .002 / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(clean.degrees_of_freedom(), 1001, 1e-9);
  EXPECT_NEAR(clean.one_seed(), std::sqrt((1000 * .003 * .003 + 2e-6) / 1001),
              1e-12);
  EXPECT_NEAR(clean.standard_error(),
              clean.one_seed() * std::sqrt(1.0 / 2 + 1.0 / 6), 1e-12);
}

TEST_F(Criterion, OwnSeedsSpeakAloneWhereTheyScatterMore) {
  // SciPy's f.ppf(1 - .05 / 2, 1, 1000) is 5.0391, so two seeds may be up to
  // .003 x sqrt(2 x 5.0391) = .00952 apart.
  Train(1, .602 - .00950, .351);
  EXPECT_EQ(Judged().metrics(0).scatter_of(), MetricEvidence::KIND_AND_OWN);
  ours_.mutable_accuracies(0)->mutable_seeds(1)->set_value(.602 - .00954);
  const CellReproduction judged = Judged();
  EXPECT_EQ(judged.metrics(0).scatter_of(), MetricEvidence::OWN);
  EXPECT_EQ(judged.metrics(0).degrees_of_freedom(), 1);
  EXPECT_EQ(judged.verdict(), UNDECIDED);  // there is one degree of freedom
}

TEST_F(Criterion, WithoutACommonScatterOnlyOwnSeedsSpeak) {
  row_.mutable_accuracies(0)->clear_scatter();
  EXPECT_EQ(Judged().metrics(0).scatter_of(), MetricEvidence::NOTHING);
  EXPECT_FALSE(Judged().metrics(0).has_low());
  EXPECT_EQ(Judgement(), UNDECIDED);
  for (int i = 1; i < 6; ++i) Train(i, i % 2 == 1 ? .601 : .599, .35);
  EXPECT_EQ(Judged().metrics(0).scatter_of(), MetricEvidence::OWN);
  EXPECT_EQ(Judgement(), HOLDS);
}

TEST_F(Criterion, APublishedRowWithAFailedSeedIsNoTarget) {
  // A row may be 4 x .003 x sqrt(2 / 3) = .009798 below the highest row.
  row_.mutable_accuracies(0)->set_means(1, .601 - .00979);
  EXPECT_THAT(Judged().metrics(0).failed_rows(), ElementsAre());
  row_.mutable_accuracies(0)->set_means(1, .601 - .00981);
  const CellReproduction judged = Judged();
  EXPECT_THAT(judged.metrics(0).rows(), ElementsAre(41));
  EXPECT_THAT(judged.metrics(0).failed_rows(), ElementsAre(894));
  EXPECT_EQ(judged.metrics(0).published(), .601);
  EXPECT_EQ(judged.metrics(0).their_seeds(), 3);
  EXPECT_THAT(judged.metrics(1).rows(), ElementsAre(41, 894));
}

TEST_F(Criterion, AFailedTrainingIsNoNumber) {
  for (ReferenceAccuracy& accuracy : *row_.mutable_accuracies()) {
    accuracy.mutable_scatter()->set_failed_share(.1);
  }
  TrainingOutcome& second = Train(1, .1, .1);
  EXPECT_EQ(Judgement(), UNDECIDED);  // two seeds so far apart say nothing
  second.set_ended_on_plateau(true);
  second.clear_escape_epoch();
  EXPECT_EQ(Judgement(), HOLDS);
  EXPECT_EQ(Judged().failed_trainings(), 1);
  EXPECT_EQ(Judged().metrics(0).our_seeds(), 1);
  EXPECT_NEAR(Judged().failure_chance(), .19, 1e-12);  // 1 - .9^2
  // A collapse counts as a failure, and where failures are rare one is too
  // many.
  second.set_ended_on_plateau(false);
  second.set_escape_epoch(3);
  second.add_collapse_epochs(26);
  EXPECT_EQ(Judgement(), HOLDS);
  for (ReferenceAccuracy& accuracy : *row_.mutable_accuracies()) {
    accuracy.mutable_scatter()->set_failed_share(.003);
  }
  EXPECT_EQ(Judgement(), FAILED);
  EXPECT_NEAR(Judged().failure_chance(), 1 - .997 * .997, 1e-12);
}

TEST_F(Criterion, NothingButFailedTrainings) {
  for (ReferenceAccuracy& accuracy : *row_.mutable_accuracies()) {
    accuracy.mutable_scatter()->set_failed_share(.4);
  }
  ours_.mutable_trainings(0)->set_ended_on_plateau(true);
  EXPECT_EQ(Judgement(), FAILED);
  EXPECT_EQ(Judged().reason(), "1 of 1 trainings failed");
  EXPECT_EQ(Judged().metrics_size(), 0);
}

}  // namespace
}  // namespace robbench
