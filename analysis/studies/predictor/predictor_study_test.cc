#include "analysis/studies/predictor/predictor_study.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/statistics/normal_draws.h"
#include "analysis/statistics/rank_statistics.h"
#include "analysis/studies/predictor/predictor_spec.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/predictor_scores.pb.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nas/base/record.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/isomorphism.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr int kCells = 120;

// The table has 120 cells on two data sets, whose accuracies all follow one
// normal skill. Of the scores, parameters are skill with as much noise, SNIP is
// skill with a tenth of the noise, Zen knows the skill of half of the cells,
// the input's gradient falls with skill, CROZE is constant, and Fisher is noise
// alone.
class PredictorStudyTest : public ::testing::Test {
 protected:
  PredictorStudyTest() {
    *table_.mutable_provenance() = MakeProvenance("test", "", {});
    const auto representatives = IsomorphismClasses::Get().representatives();
    std::vector<double> normal(8 * kCells);
    PhiloxStream random(1, Purpose::kTest);
    DrawNormal(random, absl::MakeSpan(normal));
    const auto z = [&](int column, int cell) {
      return normal[column * kCells + cell];
    };
    for (int i = 0; i < kCells; ++i) {
      *table_.add_cells() =
          MakeCellIdentity(*Cell::FromIndex(representatives[20 + i]));
      scores_.add_cells(representatives[20 + i]);
    }
    for (const char* dataset : {"cifar10", "cifar100"}) {
      for (const char* metric : {"clean", "pgd_8"}) {
        Column& column = *table_.add_columns();
        column.mutable_key()->set_dataset(dataset);
        column.mutable_key()->set_metric(metric);
        column.set_kind(Column::ACCURACY);
        column.mutable_attack()->set_name(metric);
        column.set_images(10000);
        if (column.key().metric() == "pgd_8") {
          column.mutable_attack()->mutable_pgd()->set_epsilon(8);
        }
        for (int i = 0; i < kCells; ++i) {
          column.add_mean(0.5 + 0.1 * std::tanh(z(0, i) + 0.05 * z(1, i)));
        }
      }
    }
    *scores_.mutable_provenance() =
        MakeProvenance("analysis/studies/predictor:collect_predictor_scores",
                       "portable", {{"records", "r"}});
    scores_.set_dataset("cifar10");
    scores_.mutable_spec()->mutable_skeleton()->set_channels(16);
    scores_.mutable_spec()->mutable_skeleton()->set_cells_per_stage(5);
    scores_.mutable_spec()->set_images(64);
    scores_.add_seeds(0);
    PredictorColumn& parameters = AddScore("parameters", "");
    PredictorColumn& multiply_adds = AddScore("multiply_adds", "");
    PredictorColumn& snip = AddScore("snip", "clean");
    PredictorColumn& zen = AddScore("zen", "");
    PredictorColumn& gradient = AddScore("input_gradient_norm", "clean");
    PredictorColumn& croze = AddScore("croze", "fgsm_8");
    PredictorColumn& fisher = AddScore("fisher", "clean");
    zen.set_left_out_records(kCells / 2);
    for (int i = 0; i < kCells; ++i) {
      parameters.add_value(z(0, i) + z(2, i));
      multiply_adds.add_value(1e6 * (2 + std::tanh(z(0, i) + z(2, i))));
      snip.add_value(z(0, i) + 0.1 * z(3, i));
      zen.add_value(i % 2 == 0 ? z(0, i) + 0.5 * z(4, i) : kNaN);
      gradient.add_value(-z(0, i) + 0.5 * z(5, i));
      croze.add_value(3);
      fisher.add_value(z(6, i));
    }
    EXPECT_TRUE(ParseTextProto("spec", R"(
      datasets: "cifar10" datasets: "cifar100" metrics: "clean" metrics: "pgd_8"
      main_metric: "pgd_8"
      sizes: 1 sizes: 10 sizes: 120
      resamples: 200 seed: 1 least_gain: 0.05 noise_draws: 50
      combinations { name: "free" most_passes: 0 } combinations { name: "all" }
      penalties: 0.01 penalties: 1 folds: 5 fold_repeats: 2
      labels: 10 labels: 60 labels: 115 label_repeats: 10
      measured_on: "a core"
      seconds { score: "snip" images: "clean" seconds: 0.5 })",
                               &spec_)
                    .ok());
  }

  PredictorColumn& AddScore(const char* score, const std::string& images) {
    PredictorColumn& column = *scores_.add_columns();
    column.set_score(score);
    if (!images.empty()) column.set_images(images);
    column.set_left_out_records(0);
    return column;
  }

  absl::StatusOr<PredictorStudy> Try() const {
    const auto table = BenchmarkTable::Make("t", table_);
    EXPECT_TRUE(table.ok()) << table.status();
    return ComputePredictorStudy(*table, "spec", spec_, "scores", scores_);
  }
  PredictorStudy Make() const {
    auto study = Try();
    EXPECT_TRUE(study.ok()) << study.status();
    *study->mutable_provenance() = MakeProvenance("test", "", {});
    return *std::move(study);
  }
  std::string Message() const { return std::string(Try().status().message()); }

  std::vector<double> Values(int column) const {
    const auto& values = scores_.columns(column).value();
    return {values.begin(), values.end()};
  }
  std::vector<double> Metric(int column) const {
    const auto& values = table_.columns(column).mean();
    return {values.begin(), values.end()};
  }

  Table table_;
  PredictorScores scores_;
  PredictorStudySpec spec_;
};

const Predictor& Find(const PredictorStudy& study, const std::string& name) {
  for (const Predictor& predictor : study.predictors()) {
    if (predictor.name() == name) return predictor;
  }
  ADD_FAILURE() << name;
  return study.predictors(0);
}

TEST_F(PredictorStudyTest, CoefficientsAreThoseOfTheValues) {
  const PredictorStudy study = Make();
  EXPECT_EQ(study.cells(), kCells);
  ASSERT_EQ(study.predictors_size(), 7 + 2);
  for (const Predictor& predictor : study.predictors()) {
    ASSERT_EQ(predictor.results_size(), 4);
    EXPECT_EQ(predictor.results(3).metric().dataset(), "cifar100");
    EXPECT_EQ(predictor.results(3).metric().metric(), "pgd_8");
  }
  const PredictorResult& snip = Find(study, "snip").results(1);
  const double rho = *Spearman(Values(2), Metric(1));
  EXPECT_EQ(snip.spearman().value(), rho);
  EXPECT_EQ(snip.kendall().value(), *KendallTauB(Values(2), Metric(1)));
  EXPECT_EQ(snip.gain().difference(), rho - *Spearman(Values(0), Metric(1)));
  EXPECT_GT(snip.partial().value(), 0.9);
  EXPECT_GT(snip.best_quarter().value(), 0.5);
  EXPECT_LT(snip.best_quarter().value(), snip.spearman().value());
  // Parameters have no gain over themselves, and costs are not corrected for
  // themselves.
  const PredictorResult& parameters = Find(study, "parameters").results(1);
  EXPECT_FALSE(parameters.has_gain());
  EXPECT_FALSE(parameters.has_partial());
  EXPECT_FALSE(Find(study, "multiply_adds").results(1).has_partial());
  // The coefficient of a score that should fall is positive where it falls.
  EXPECT_TRUE(Find(study, "input_gradient_norm").lowest_first());
  std::vector<double> falling = Values(4);
  for (double& value : falling) value = -value;
  EXPECT_EQ(Find(study, "input_gradient_norm").results(1).spearman().value(),
            *Spearman(falling, Metric(1)));
}

// Pairs stand by their second predictor, and count the cells that have a value
// of both. A constant predictor goes with none.
TEST_F(PredictorStudyTest, PredictorsAgainstEachOther) {
  const PredictorStudy study = Make();
  ASSERT_EQ(study.between_size(), 7 * 6 / 2);
  const auto pair = [&](int second, int first) {
    return study.between(second * (second - 1) / 2 + first);
  };
  EXPECT_EQ(pair(1, 0), *Spearman(Values(1), Values(0)));
  std::vector<double> falling, zen, zen_parameters;
  for (int i = 0; i < kCells; ++i) {
    falling.push_back(-Values(4)[i]);
    if (i % 2 != 0) continue;
    zen.push_back(Values(3)[i]);
    zen_parameters.push_back(Values(0)[i]);
  }
  EXPECT_EQ(pair(4, 2), *Spearman(falling, Values(2)));
  EXPECT_EQ(pair(3, 0), *Spearman(zen, zen_parameters));
  EXPECT_TRUE(std::isnan(pair(5, 0)));
  EXPECT_TRUE(std::isnan(pair(6, 5)));
}

// The interval of a normal law is about that of Bonett and Wright.
TEST_F(PredictorStudyTest, IntervalsHoldTheValue) {
  spec_.set_resamples(1000);
  const PredictorStudy study = Make();
  for (const char* name : {"parameters", "snip", "input_gradient_norm"}) {
    const PredictorEstimate& found = Find(study, name).results(0).spearman();
    const auto expected = SpearmanInterval(found.value(), kCells);
    EXPECT_NEAR(found.interval().low(), expected->first, 0.05) << name;
    EXPECT_NEAR(found.interval().high(), expected->second, 0.05) << name;
    EXPECT_LT(found.interval().low(), found.value());
    EXPECT_GT(found.interval().high(), found.value());
  }
}

TEST_F(PredictorStudyTest, GainsAreJudgedTogether) {
  const PredictorStudy study = Make();
  // Of the 9 predictors, all are compared on 4 metrics but parameters, the
  // constant one and the two combinations.
  EXPECT_EQ(study.comparisons(), 5 * 4);
  EXPECT_GT(study.joint_errors(), 2.3);
  EXPECT_LT(study.joint_errors(), 4);
  for (int m = 0; m < 4; ++m) {
    EXPECT_EQ(Find(study, "snip").results(m).gain().joint().outcome(),
              BETTER_THAN_PARAMETERS);
    EXPECT_EQ(Find(study, "fisher").results(m).gain().joint().outcome(),
              WORSE_THAN_PARAMETERS);
    const PredictorGain& gain = Find(study, "snip").results(m).gain();
    EXPECT_LT(gain.joint().low(), gain.low());
    EXPECT_GT(gain.joint().high(), gain.high());
    EXPECT_TRUE(Find(study, "all").results(m).has_gain());
    EXPECT_FALSE(Find(study, "all").results(m).gain().has_joint());
  }
  // The same gain counts for little where the least gain is large.
  spec_.set_least_gain(0.9);
  EXPECT_EQ(Find(Make(), "snip").results(0).gain().joint().outcome(), NO_GAIN);
}

// Two scores that tell one cell from all others vary on .63 of the resamples
// each, but only on .40 of them both: each gain has an interval, and there is
// none of both together.
TEST_F(PredictorStudyTest, GainsMayHaveNoJointInterval) {
  for (int c = 1; c < scores_.columns_size(); ++c) {
    for (double& value : *scores_.mutable_columns(c)->mutable_value()) {
      value = 1;
    }
  }
  const auto expect_none = [](const PredictorStudy& study) {
    EXPECT_EQ(study.comparisons(), 0);
    EXPECT_FALSE(study.has_joint_errors());
    for (const Predictor& predictor : study.predictors()) {
      for (const PredictorResult& result : predictor.results()) {
        EXPECT_FALSE(result.gain().has_joint()) << predictor.name();
      }
    }
  };
  // Without any gain there is nothing to judge.
  const PredictorStudy constant = Make();
  expect_none(constant);
  EXPECT_FALSE(Find(constant, "snip").results(0).has_gain());
  scores_.mutable_columns(2)->set_value(0, 2);  // SNIP
  EXPECT_EQ(Make().comparisons(), 4);
  scores_.mutable_columns(6)->set_value(1, 2);  // Fisher
  const PredictorStudy both = Make();
  expect_none(both);
  EXPECT_TRUE(Find(both, "snip").results(0).has_gain());
  EXPECT_TRUE(Find(both, "fisher").results(0).has_gain());
}

TEST_F(PredictorStudyTest, MissingValuesLeaveOutTheirCells) {
  const PredictorStudy study = Make();
  const Predictor& zen = Find(study, "zen");
  EXPECT_EQ(zen.left_out_cells(), kCells / 2);
  EXPECT_EQ(zen.left_out_records(), kCells / 2);
  std::vector<double> x, y, parameters;
  for (int i = 0; i < kCells; i += 2) {
    x.push_back(Values(3)[i]);
    y.push_back(Metric(0)[i]);
    parameters.push_back(Values(0)[i]);
  }
  const double rho = *Spearman(x, y);
  EXPECT_EQ(zen.results(0).spearman().value(), rho);
  EXPECT_EQ(zen.results(0).gain().difference(), rho - *Spearman(parameters, y));
  // Taking 120 of 120 cells is no choice, and Zen has only 60 of them.
  ASSERT_EQ(zen.results(0).cuts_size(), 2);
  EXPECT_EQ(zen.results(0).cuts(1).size(), 10);
}

TEST_F(PredictorStudyTest, AConstantScoreIsARandomChoice) {
  const PredictorStudy study = Make();
  const PredictorResult& constant = Find(study, "croze").results(2);
  EXPECT_FALSE(constant.has_spearman());
  EXPECT_FALSE(constant.has_kendall());
  EXPECT_FALSE(constant.has_partial());
  EXPECT_FALSE(constant.has_best_quarter());
  EXPECT_FALSE(constant.has_gain());
  ASSERT_EQ(study.random_size(), 4);
  ASSERT_EQ(constant.cuts_size(), 2);
  for (int k = 0; k < 2; ++k) {
    EXPECT_EQ(SerializeRecord(constant.cuts(k)),
              SerializeRecord(study.random(2).cuts(k)));
  }
  EXPECT_NEAR(constant.cuts(1).precision(), 10.0 / kCells, 1e-12);
  // One cell that is chosen at random has the mean accuracy.
  const std::vector<double> metric = Metric(2);
  double mean = 0;
  for (const double value : metric) mean += value / kCells;
  EXPECT_NEAR(constant.cuts(0).regret(),
              *std::max_element(metric.begin(), metric.end()) - mean, 1e-12);
}

TEST_F(PredictorStudyTest, CombinationsOfWhatIsCompleteAndCheapEnough) {
  const PredictorStudy study = Make();
  const Predictor& free = Find(study, "free");
  EXPECT_EQ(free.kind(), Predictor::COMBINATION);
  EXPECT_THAT(free.members(), ::testing::ElementsAre(0, 1));
  EXPECT_EQ(free.cost().passes(), 0);
  EXPECT_EQ(free.seconds().value(), 0);
  // Zen is left out, as it lacks cells, and CROZE, as it is constant.
  const Predictor& all = Find(study, "all");
  EXPECT_THAT(all.members(), ::testing::ElementsAre(0, 1, 2, 4, 6));
  EXPECT_EQ(all.cost().passes(), 3 + 3 + 3);
  EXPECT_FALSE(all.has_seconds());  // not all were measured
  EXPECT_GT(all.results(0).spearman().value(), 0.95);
  EXPECT_GT(all.results(0).spearman().value(),
            free.results(0).spearman().value());
  ASSERT_EQ(all.results(0).learning_size(), 2);  // 115 labels leave five cells
  EXPECT_EQ(all.results(0).learning(1).labels(), 60);
  EXPECT_EQ(Find(study, "snip").results(0).learning_size(), 0);
}

TEST_F(PredictorStudyTest, Costs) {
  const PredictorStudy study = Make();
  double mean = 0;
  for (const double value : Values(1)) mean += value / kCells;
  const Predictor& snip = Find(study, "snip");
  EXPECT_EQ(snip.cost().passes(), 3);
  EXPECT_NEAR(snip.cost().multiply_adds(), 3 * 64 * mean, 1e-3);
  EXPECT_EQ(snip.seconds().value(), 0.5);
  EXPECT_FALSE(Find(study, "fisher").has_seconds());
  EXPECT_FALSE(Find(study, "croze").has_cost());  // the spec has no such attack
  EXPECT_EQ(Find(study, "parameters").seconds().value(), 0);
}

TEST_F(PredictorStudyTest, NoiseBoundsWhatCanBeReached) {
  const PredictorStudy study = Make();
  ASSERT_EQ(study.noises_size(), 4);
  for (const PredictorNoise& noise : study.noises()) {
    EXPECT_GT(noise.standard_deviation(), 0);
    EXPECT_GE(noise.reliability(), 0);
    EXPECT_LE(noise.reliability(), 1);
    EXPECT_NEAR(noise.pearson() * noise.pearson(), noise.reliability(), 1e-12);
  }
  // Twins differ here as much as any two cells do, so there is little left to
  // predict.
  EXPECT_LT(study.noises(0).reliability(), 0.6);
  // Where twins hardly differ, noise hardly bounds what can be reached.
  const auto table = BenchmarkTable::Make("t", table_);
  for (Column& column : *table_.mutable_columns()) {
    for (int i = 0; i < kCells; ++i) {
      column.set_mean(i, 0.3 + 0.4 * i / kCells);
    }
    for (const std::vector<int>& group : FindTwins(*table).groups) {
      for (size_t k = 1; k < group.size(); ++k) {
        column.set_mean(group[k], column.mean(group[0]) + 0.005 * k);
      }
    }
  }
  const PredictorStudy steady = Make();
  EXPECT_GT(steady.noises(0).spearman().value(), 0.8);
  EXPECT_LT(steady.noises(0).spearman().value(), 1);
  EXPECT_LT(steady.noises(0).best_quarter().value(),
            steady.noises(0).spearman().value());
}

TEST_F(PredictorStudyTest, DeadCellsAreLeftOut) {
  const PredictorStudy all = Make();
  scores_.add_dead_cells(scores_.cells(5));
  scores_.mutable_columns(2)->set_value(5, kNaN);
  const PredictorStudy study = Make();
  EXPECT_EQ(study.cells(), kCells - 1);
  ASSERT_EQ(study.dead_cells_size(), 1);
  EXPECT_EQ(study.dead_cells(0).index(), scores_.cells(5));
  EXPECT_EQ(Find(study, "snip").left_out_cells(), 0);
  EXPECT_NE(Find(study, "snip").results(0).spearman().value(),
            Find(all, "snip").results(0).spearman().value());
}

TEST_F(PredictorStudyTest, TheSameBytesEachTime) {
  EXPECT_EQ(SerializeRecord(Make()), SerializeRecord(Make()));
  const std::string first = SerializeRecord(Make());
  spec_.set_seed(2);
  EXPECT_NE(SerializeRecord(Make()), first);
}

TEST_F(PredictorStudyTest, RefusesCells) {
  for (int i = 0; i < kCells - 9; ++i) scores_.add_dead_cells(scores_.cells(i));
  EXPECT_EQ(Message(),
            "scores: field cells: expected 10 live ones or more, found 9");
  // A single cell is refused too.
  scores_.clear_dead_cells();
  scores_.mutable_cells()->Truncate(1);
  for (PredictorColumn& column : *scores_.mutable_columns()) {
    column.mutable_value()->Truncate(1);
  }
  EXPECT_EQ(Message(),
            "scores: field cells: expected 10 live ones or more, found 1");
  scores_.set_cells(0, 15624);
  EXPECT_EQ(Message(),
            "scores: field cells: expected cells of the table, found 15624");
}

TEST_F(PredictorStudyTest, RefusesTables) {
  table_.mutable_columns(3)->set_mean(7, kNaN);
  EXPECT_EQ(Message(),
            absl::StrCat("scores: field cells: expected cells with a value of "
                         "cifar100 pgd_8, found none of ",
                         scores_.cells(7)));
  spec_.set_datasets(1, "imagenet16_120");
  EXPECT_THAT(Message(), HasSubstr("imagenet16_120"));
}

TEST_F(PredictorStudyTest, RefusesSpecs) {
  const PredictorStudySpec good = spec_;
  const auto expect = [&](const std::string& message) {
    EXPECT_EQ(Message(), "spec: field " + message);
    spec_ = good;
  };
  spec_.set_metrics(1, "clean");
  expect("metrics: expected each once, found clean again");
  spec_.set_main_metric("fgsm_8");
  expect("main_metric: expected one of the metrics, found fgsm_8");
  spec_.clear_datasets();
  expect("datasets: expected some, found none");
  spec_.set_sizes(0, 0);
  expect("sizes: expected 1 to 100000, found 0");
  spec_.set_resamples(99);
  expect("resamples: expected 100 to 100000, found 99");
  spec_.set_least_gain(kNaN);
  expect("least_gain: expected above 0 and below 1, found nan");
  spec_.set_noise_draws(0);
  expect("noise_draws: expected 1 to 100000, found 0");
  spec_.mutable_combinations(1)->set_name("free");
  expect("combinations.name: expected each once, found free again");
  spec_.mutable_combinations(0)->set_most_passes(-1);
  expect("combinations.most_passes: expected 0 or more, found -1");
  spec_.set_penalties(1, 0);
  expect("penalties: expected finite ones above 0, found 0");
  spec_.set_folds(1);
  expect("folds: expected 2 to 1000, found 1");
  spec_.set_fold_repeats(0);
  expect("fold_repeats: expected 1 to 1000, found 0");
  spec_.set_labels(0, 1);
  expect("labels: expected 2 to 100000, found 1");
  spec_.set_label_repeats(0);
  expect("label_repeats: expected 1 to 100000, found 0");
  spec_.mutable_seconds(0)->set_seconds(-1);
  expect("seconds[snip]: expected 0 or more, found -1");
  *spec_.add_seconds() = spec_.seconds(0);
  expect("seconds: expected each once, found snip again");
}

// This is the spec that the repository's study uses.
TEST(PredictorSpecTest, TheCommittedOneIsWell) {
  const auto file = ReadTextProto<PredictorStudySpec>(
      "analysis/specs/predictor_study.textproto");
  ASSERT_TRUE(file.ok()) << file.status();
  const absl::Status status = CheckPredictorSpec("spec", file->message);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(file->message.datasets_size() * file->message.metrics_size(), 18);
  EXPECT_TRUE(file->message.has_measured_on());
  EXPECT_EQ(file->message.seconds_size(), 68);
}

}  // namespace
}  // namespace robbench
