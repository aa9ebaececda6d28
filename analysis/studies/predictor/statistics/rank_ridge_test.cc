#include "analysis/studies/predictor/statistics/rank_ridge.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "analysis/statistics/rank_statistics.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/studies/predictor/statistics/predictor_combination.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "nas/base/philox.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

using ::nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Columns = std::vector<std::vector<double>>;

TEST(PredictRanks, EqualsRidgeCvOfScikitLearn) {
  const json golden =
      json::parse(ReadFile("analysis/studies/predictor/statistics/testdata/"
                           "predictor_golden.json")
                      .value())["ridge"];
  ASSERT_EQ(golden.size(), 2);
  for (const json& fit : golden) {
    const std::vector<double> penalties =
        fit["penalties"].get<std::vector<double>>();
    const Eigen::MatrixXd features =
        RankFeatures(fit["columns"].get<Columns>());
    const Split split{.train = fit["train"].get<std::vector<int>>(),
                      .test = fit["test"].get<std::vector<int>>()};
    const Columns found =
        PredictRanks(features, fit["targets"].get<Columns>(), split, penalties);
    const Columns expected = fit["expected"].get<Columns>();
    ASSERT_EQ(found.size(), expected.size());
    for (size_t t = 0; t < found.size(); ++t) {
      ASSERT_EQ(found[t].size(), expected[t].size());
      for (size_t i = 0; i < found[t].size(); ++i) {
        EXPECT_NEAR(found[t][i], expected[t][i], 1e-9) << t << " " << i;
      }
      // Only the penalty that scikit-learn chose gives these weights.
      for (const double penalty : penalties) {
        const Columns alone = PredictRanks(
            features, fit["targets"].get<Columns>(), split, {penalty});
        const double chosen = fit["chosen"][t];
        EXPECT_EQ(alone[t] == found[t], std::abs(penalty / chosen - 1) < 1e-9)
            << penalty;
      }
    }
  }
}

TEST(PredictRanks, FromOneCellNothing) {
  const Columns found =
      PredictRanks(RankFeatures({{1, 2, 3}}), {{1, 2, 3}},
                   {.train = {1}, .test = {0, 2}}, {0.1, 1.0});
  EXPECT_THAT(found, ElementsAre(ElementsAre(0.5, 0.5)));
}

TEST(RankFeatures, HaveMeanZeroAndVarianceOne) {
  const Eigen::MatrixXd features =
      RankFeatures({{5, 5, 1e30, -2}, {3, 3, 3, 3}});
  EXPECT_NEAR(features.col(0).sum(), 0, 1e-12);
  EXPECT_NEAR(features.col(0).squaredNorm() / 4, 1, 1e-12);
  EXPECT_EQ(features(0, 0), features(1, 0));
  EXPECT_LT(features(3, 0), features(0, 0));
  EXPECT_EQ(features.col(1).norm(), 0);
}

const std::vector<std::string>& Groups() {
  static const auto& groups = *new std::vector<std::string>(
      {"a", "b", "a", "c", "d", "e", "f", "g", "a", "g", "h", "i"});
  return groups;
}

std::set<std::string> NamesOf(const std::vector<int>& cells) {
  std::set<std::string> names;
  for (const int cell : cells) names.insert(Groups()[cell]);
  return names;
}

void ExpectApart(const Split& split) {
  for (const std::string& name : NamesOf(split.test)) {
    EXPECT_EQ(NamesOf(split.train).count(name), 0) << name;
  }
}

TEST(GroupedFolds, EachCellOnceAndNoNetworkOnBothSides) {
  for (const int folds : {2, 3, 5, 100}) {
    for (const uint32_t repeat : {0, 1, 2}) {
      std::vector<int> tested;
      const auto splits = GroupedFolds(Groups(), folds, /*seed=*/1, repeat);
      EXPECT_EQ(splits.size(), std::min(folds, 9));
      for (const Split& split : splits) {
        ExpectApart(split);
        EXPECT_EQ(split.train.size() + split.test.size(), Groups().size());
        EXPECT_FALSE(split.train.empty());
        tested.insert(tested.end(), split.test.begin(), split.test.end());
      }
      std::sort(tested.begin(), tested.end());
      EXPECT_THAT(tested, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    }
  }
  EXPECT_NE(GroupedFolds(Groups(), 3, 1, 0)[0].test,
            GroupedFolds(Groups(), 3, 1, 1)[0].test);
}

TEST(DrawLabels, AsManyAsAskedAndOtherNetworksTested) {
  for (int labels = 1; labels <= 12; ++labels) {
    for (const uint32_t repeat : {0, 1, 2, 3}) {
      const Split split = DrawLabels(Groups(), labels, /*seed=*/1, repeat);
      EXPECT_EQ(split.train.size(), labels);
      ExpectApart(split);
      if (labels == 1) {
        EXPECT_GE(split.test.size(), 9);
      }
      if (labels == 12) {
        EXPECT_THAT(split.test, IsEmpty());
      }
    }
  }
}

PredictorStudySpec Spec() {
  PredictorStudySpec spec;
  spec.set_seed(1);
  spec.set_folds(5);
  spec.set_fold_repeats(3);
  spec.set_label_repeats(20);
  for (const double penalty : {1e-3, 0.1, 10.0}) spec.add_penalties(penalty);
  for (const int labels : {5, 30, 85, 95}) spec.add_labels(labels);
  return spec;
}

// Of 31 predictors, 30 know nothing of the first metric, and one knows much of
// the second. Each cell is a network of its own.
CombinationInputs Inputs(uint32_t seed) {
  PhiloxStream random(seed, Purpose::kTest);
  CombinationInputs inputs;
  for (int p = 0; p < 31; ++p) {
    std::vector<double>& values = inputs.members.emplace_back();
    for (int i = 0; i < 100; ++i) values.push_back(random.UniformDouble());
  }
  inputs.metrics.resize(2);
  for (int i = 0; i < 100; ++i) {
    inputs.metrics[0].push_back(random.UniformDouble());
    inputs.metrics[1].push_back(inputs.members[30][i] +
                                0.2 * random.UniformDouble());
    inputs.networks.push_back(std::to_string(i));
  }
  return inputs;
}

// With each cell's own accuracy in its fit, 31 predictors of 100 cells would
// "find" a coefficient of some 0.5.
TEST(CrossPredictions, FindNothingWhereNothingIs) {
  double sum = 0;
  for (uint32_t seed = 0; seed < 10; ++seed) {
    const CombinationInputs inputs = Inputs(seed);
    const Columns predicted = CrossPredictions(inputs, Spec());
    sum += *Spearman(predicted[0], inputs.metrics[0]);
    EXPECT_GT(*Spearman(predicted[1], inputs.metrics[1]), 0.9);
  }
  EXPECT_LT(sum / 10, 0.1);
}

// A cell's accuracy has no part at all in its own prediction, nor in that of a
// cell that is the same network.
TEST(CrossPredictions, NoCellIsJudgedByItself) {
  CombinationInputs inputs = Inputs(1);
  inputs.networks[7] = inputs.networks[3];
  const Columns before = CrossPredictions(inputs, Spec());
  inputs.metrics[1][3] = -5;
  inputs.metrics[1][7] = 9;
  const Columns after = CrossPredictions(inputs, Spec());
  EXPECT_EQ(after[0], before[0]);
  EXPECT_EQ(after[1][3], before[1][3]);
  EXPECT_EQ(after[1][7], before[1][7]);
  int changed = 0;
  for (int i = 0; i < 100; ++i) changed += after[1][i] != before[1][i];
  // Only cells that were in the same fold each time keep their predictions.
  EXPECT_GT(changed, 90);
}

TEST(LearningCurves, RiseWithLabelsAndLeaveOutWhatCannotBeTested) {
  const auto curves = LearningCurves(Inputs(1), Spec(), /*least_tested=*/10);
  ASSERT_EQ(curves.size(), 2);
  ASSERT_EQ(curves[1].size(), 3);  // 95 labels leave five cells
  EXPECT_EQ(curves[1][0].labels(), 5);
  EXPECT_LT(curves[1][0].spearman(), curves[1][1].spearman());
  EXPECT_LT(curves[1][1].spearman(), curves[1][2].spearman());
  EXPECT_GT(curves[1][2].spearman(), 0.9);
  for (const auto& point : curves[1]) {
    EXPECT_LE(point.low(), point.spearman());
    EXPECT_GE(point.high(), point.spearman());
  }
  EXPECT_LT(curves[0][2].spearman(), 0.3);
}

}  // namespace
}  // namespace robbench
