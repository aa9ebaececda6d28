#include "analysis/studies/predictor/statistics/predictor_statistics.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "analysis/statistics/rank_statistics.h"
#include "analysis/studies/predictor/statistics/noise_bound.h"
#include "analysis/studies/predictor/statistics/predictor_coefficients.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

using ::nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

const json& Golden() {
  static const json& golden = *new json(
      json::parse(ReadFile("analysis/studies/predictor/statistics/testdata/"
                           "predictor_golden.json")
                      .value()));
  return golden;
}

std::vector<double> Numbers(const json& values) {
  std::vector<double> numbers;
  for (const json& value : values) {
    numbers.push_back(value.is_null() ? kNaN : value.get<double>());
  }
  return numbers;
}

PredictorColumns ColumnsOf(const json& golden) {
  PredictorColumns columns;
  columns.parameters = Numbers(golden["parameters"]);
  columns.multiply_adds = Numbers(golden["multiply_adds"]);
  for (const json& metric : golden["metrics"]) {
    columns.metrics.push_back(Numbers(metric));
  }
  for (const json& predictor : golden["predictors"]) {
    columns.predictors.push_back({.values = {Numbers(predictor)}});
  }
  return columns;
}

void ExpectNumber(double found, const json& expected,
                  const std::string& where) {
  if (expected.is_null()) {
    EXPECT_TRUE(std::isnan(found)) << where << ": " << found;
  } else {
    EXPECT_NEAR(found, expected.get<double>(), 1e-9) << where;
  }
}

// The cases have ties, missing values, a constant predictor, and five, two and
// one cells.
TEST(PredictorCoefficients, EqualSciPy) {
  int cases = 0;
  for (const json& golden : Golden()["coefficients"]) {
    const PredictorColumns columns = ColumnsOf(golden);
    std::vector<int> cells(columns.parameters.size());
    std::iota(cells.begin(), cells.end(), 0);
    const auto found = ComputeCoefficients(columns, cells);
    ASSERT_EQ(found.size(), golden["expected"].size());
    for (size_t i = 0; i < found.size(); ++i) {
      const json& expected = golden["expected"][i];
      const std::string where =
          std::to_string(cells.size()) + " cells, pair " + std::to_string(i);
      ExpectNumber(found[i].spearman, expected[0], where + " Spearman");
      ExpectNumber(found[i].kendall, expected[1], where + " Kendall");
      ExpectNumber(found[i].partial, expected[2], where + " partial");
      ExpectNumber(found[i].best_quarter, expected[3], where + " quarter");
      ExpectNumber(found[i].gain, expected[4], where + " gain");
      ++cases;
    }
  }
  EXPECT_EQ(cases, 56);
}

// A resample is the same as a table of its cells.
TEST(PredictorCoefficients, RepeatedCellsAreCells) {
  const PredictorColumns columns = ColumnsOf(Golden()["coefficients"][2]);
  const std::vector<int> cells = {3, 3, 1, 0, 8, 8, 8, 12, 20, 5, 4, 17};
  const auto take = [&](const std::vector<double>& values) {
    std::vector<double> taken;
    for (const int cell : cells) taken.push_back(values[cell]);
    return taken;
  };
  PredictorColumns copies = columns;
  copies.parameters = take(columns.parameters);
  copies.multiply_adds = take(columns.multiply_adds);
  for (auto& metric : copies.metrics) metric = take(metric);
  for (auto& predictor : copies.predictors) {
    predictor.values[0] = take(predictor.values[0]);
  }
  std::vector<int> all(cells.size());
  std::iota(all.begin(), all.end(), 0);
  const auto found = ComputeCoefficients(columns, cells);
  const auto expected = ComputeCoefficients(copies, all);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    for (double PairCoefficients::*field :
         {&PairCoefficients::spearman, &PairCoefficients::kendall,
          &PairCoefficients::partial, &PairCoefficients::best_quarter,
          &PairCoefficients::gain}) {
      if (std::isnan(expected[i].*field)) {
        EXPECT_TRUE(std::isnan(found[i].*field));
      } else {
        EXPECT_EQ(found[i].*field, expected[i].*field);
      }
    }
  }
}

// Where a predictor has values for each metric, each metric is compared with
// its own.
TEST(PredictorCoefficients, ValuesByMetric) {
  PredictorColumns columns;
  columns.metrics = {{1, 2, 3, 4}, {4, 3, 2, 1}};
  columns.parameters = columns.multiply_adds = {1, 3, 2, 4};
  columns.predictors = {{.values = {{1, 2, 3, 4}}},
                        {.values = {{1, 2, 3, 4}, {4, 3, 2, 1}}}};
  const auto found = ComputeCoefficients(columns, {0, 1, 2, 3});
  EXPECT_EQ(found[0].spearman, 1);
  EXPECT_EQ(found[1].spearman, -1);
  EXPECT_EQ(found[2].spearman, 1);
  EXPECT_EQ(found[3].spearman, 1);
  EXPECT_NEAR(found[3].gain, 1 - -0.8, 1e-12);
}

TEST(BestQuarter, OfTiesTheFirst) {
  EXPECT_THAT(BestQuarter({}), IsEmpty());
  EXPECT_THAT(BestQuarter({5}), ElementsAre(0));
  EXPECT_THAT(BestQuarter({1, 3, 3, 3, 2}), ElementsAre(1, 2));
}

// The golden file counts every way to break the ties.
TEST(JudgeTop, IsTheMeanOverAllOrdersOfTies) {
  ASSERT_EQ(Golden()["cuts"].size(), 4 + 5 + 5 + 6 + 10);
  for (const json& golden : Golden()["cuts"]) {
    const auto found =
        JudgeTop(Numbers(golden["predictor"]), Numbers(golden["metric"]),
                 golden["k"].get<int>());
    ASSERT_TRUE(found.has_value());
    EXPECT_NEAR(found->precision, golden["precision"].get<double>(), 1e-12)
        << golden;
    EXPECT_NEAR(found->regret, golden["regret"].get<double>(), 1e-12) << golden;
  }
}

TEST(JudgeTop, NoChoiceNoJudgement) {
  EXPECT_FALSE(JudgeTop({1, 2}, {1, 2}, 2).has_value());
  EXPECT_FALSE(JudgeTop({1, 2}, {1, 2}, 10).has_value());
  EXPECT_FALSE(JudgeTop({1, 2}, {1, 2}, 0).has_value());
  EXPECT_FALSE(JudgeTop({1}, {1}, 1).has_value());
  EXPECT_FALSE(JudgeTop({}, {}, 1).has_value());
}

// The golden means are over draws of NumPy's generator, ours over other draws,
// so they agree within a few of their standard errors. Pearson's coefficient is
// given by a formula.
TEST(NoiseBound, EqualsSimulationByNumPy) {
  ASSERT_EQ(Golden()["noise"].size(), 2);
  for (const json& golden : Golden()["noise"]) {
    const std::vector<double> values = Numbers(golden["values"]);
    const double noise = golden["noise"];
    const double reliability = golden["reliability"];
    EXPECT_NEAR(Reliability(values, noise), reliability, 1e-12);
    EXPECT_NEAR(std::sqrt(reliability), golden["pearson"].get<double>(), 0.01);
    constexpr int kDraws = 1000;
    double spearman = 0, kendall = 0, best = 0;
    ForNoiseDraws(values, noise, kDraws, /*seed=*/1, /*epoch=*/1,
                  [&](const std::vector<double>& truth,
                      const std::vector<double>& published) {
                    spearman += *Spearman(truth, published) / kDraws;
                    kendall += *KendallTauB(truth, published) / kDraws;
                    std::vector<double> x, y;
                    for (const int i : BestQuarter(published)) {
                      x.push_back(truth[i]);
                      y.push_back(published[i]);
                    }
                    best += *Spearman(x, y) / kDraws;
                  });
    EXPECT_NEAR(spearman, golden["spearman"].get<double>(), 0.005);
    EXPECT_NEAR(kendall, golden["kendall"].get<double>(), 0.005);
    EXPECT_NEAR(best, golden["best_quarter"].get<double>(), 0.015);
  }
}

TEST(NoiseBound, MoreNoiseThanSpreadLeavesNothing) {
  EXPECT_EQ(Reliability({1, 2, 3}, 5), 0);
  EXPECT_EQ(Reliability({2, 2, 2}, 0.1), 0);
  EXPECT_EQ(Reliability({2}, 0.1), 0);
  EXPECT_EQ(Reliability({1, 2, 3}, 0), 1);
  EXPECT_THAT(WithoutNoise({1, 2, 3}, 5), ElementsAre(2, 2, 2));
  // Of a variance of 1, noise of 0.5 leaves three quarters.
  EXPECT_NEAR(Reliability({1, 2, 3}, 0.5), 0.75, 1e-15);
  const std::vector<double> truth = WithoutNoise({1, 2, 3}, 0.5);
  EXPECT_NEAR(truth[2] - truth[1], std::sqrt(0.75), 1e-15);
}

}  // namespace
}  // namespace robbench
