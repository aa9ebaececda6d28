#include "analysis/statistics/rank_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

constexpr double kTolerance = 1e-12;

nlohmann::json Golden() {
  std::ifstream file(
      "analysis/statistics/testdata/rank_statistics_golden.json");
  return nlohmann::json::parse(file);
}

std::vector<double> Values(const nlohmann::json& list) {
  std::vector<double> values;
  for (const auto& value : list) {
    values.push_back(value.is_string() ? std::numeric_limits<double>::infinity()
                                       : value.get<double>());
  }
  return values;
}

TEST(RankStatistics, PartialCorrelationsEqualRegression) {
  const nlohmann::json all = Golden();
  ASSERT_EQ(all["partials"].size(), 4);
  for (const auto& partial : all["partials"]) {
    EXPECT_NEAR(
        PartialCorrelation(partial["ab"], partial["ac"], partial["bc"]).value(),
        partial["partial"], 1e-10);
  }
  EXPECT_FALSE(PartialCorrelation(.5, 1, .5).has_value());
  EXPECT_FALSE(PartialCorrelation(.5, .5, -1).has_value());
  EXPECT_FALSE(PartialCorrelation(.5, std::nan(""), 0).has_value());
}

TEST(RankStatistics, CoefficientsEqualSciPy) {
  int compared = 0;
  const nlohmann::json all = Golden();
  for (const auto& pair : all["pairs"]) {
    const auto x = Values(pair["x"]), y = Values(pair["y"]);
    const auto spearman = Spearman(x, y);
    const auto kendall = KendallTauB(x, y);
    if (pair["spearman"].is_null()) {
      EXPECT_FALSE(spearman.has_value());
      EXPECT_FALSE(kendall.has_value());
      continue;
    }
    ASSERT_TRUE(spearman.has_value());
    EXPECT_NEAR(*spearman, pair["spearman"].get<double>(), kTolerance);
    EXPECT_NEAR(*kendall, pair["kendall"].get<double>(), kTolerance);
    ++compared;
  }
  EXPECT_EQ(compared, 12);
}

TEST(RankStatistics, BoxPlotsEqualNumPy) {
  const nlohmann::json all = Golden();
  for (const auto& golden : all["boxes"]) {
    const BoxPlot box = MakeBoxPlot(Values(golden["values"]));
    const auto near = [&](double found, const char* field) {
      const double expected = golden[field].get<double>();
      EXPECT_NEAR(found, expected,
                  kTolerance * std::max(1., std::abs(expected)))
          << field;
    };
    near(box.first_quartile, "first_quartile");
    near(box.median, "median");
    near(box.third_quartile, "third_quartile");
    near(box.lower_whisker, "lower_whisker");
    near(box.upper_whisker, "upper_whisker");
    near(box.lower_notch, "lower_notch");
    near(box.upper_notch, "upper_notch");
    near(box.mean, "mean");
    near(box.standard_deviation, "standard_deviation");
    std::vector<double> sorted = Values(golden["values"]);
    std::sort(sorted.begin(), sorted.end());
    for (const auto& quantile : golden["quantiles"]) {
      const double expected = quantile[1].get<double>();
      EXPECT_NEAR(Quantile(sorted, quantile[0].get<double>()), expected,
                  kTolerance * std::max(1., std::abs(expected)));
    }
  }
}

TEST(RankStatistics, TiesShareTheirMeanRank) {
  EXPECT_EQ(DoubledRanks({30, 10, 20, 20}), (std::vector<int64_t>{8, 2, 5, 5}));
  EXPECT_EQ(DoubledRanks({}), std::vector<int64_t>{});
}

// Compares Knight's method with the definition, over every pair.
TEST(RankStatistics, KendallEqualsCountingPairs) {
  PhiloxStream stream(7, Purpose::kTest);
  for (int round = 0; round < 50; ++round) {
    const int n = 2 + stream.Below(40);
    std::vector<double> x(n), y(n);
    for (int i = 0; i < n; ++i) {
      x[i] = stream.Below(12);
      y[i] = stream.Below(6);
    }
    int64_t difference = 0, untied_x = 0, untied_y = 0;
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < i; ++j) {
        const int dx = (x[i] > x[j]) - (x[i] < x[j]);
        const int dy = (y[i] > y[j]) - (y[i] < y[j]);
        difference += dx * dy;
        untied_x += dx != 0;
        untied_y += dy != 0;
      }
    }
    const auto found = KendallTauB(x, y);
    if (untied_x == 0 || untied_y == 0) {
      EXPECT_FALSE(found.has_value());
      continue;
    }
    EXPECT_NEAR(*found,
                difference / std::sqrt(static_cast<double>(untied_x)) /
                    std::sqrt(static_cast<double>(untied_y)),
                kTolerance);
  }
}

TEST(RankStatistics, PerfectAgreementIsExactlyOne) {
  std::vector<double> x, y, z;
  for (int i = 0; i < 6466; ++i) {
    x.push_back(i / 7.0);
    y.push_back(std::exp(i / 1000.0));
    z.push_back(-i);
  }
  EXPECT_EQ(Spearman(x, y), 1.0);
  EXPECT_EQ(KendallTauB(x, y), 1.0);
  EXPECT_EQ(Spearman(x, z), -1.0);
  EXPECT_EQ(KendallTauB(x, z), -1.0);
}

TEST(RankStatistics, UndefinedBelowTwoValues) {
  EXPECT_FALSE(Spearman({}, {}).has_value());
  EXPECT_FALSE(Spearman({1}, {1}).has_value());
  EXPECT_FALSE(KendallTauB({1}, {1}).has_value());
}

// By Bonett and Wright's formula, atanh(.6) = .6931, and the half width is 1.96
// sqrt(1.18 / 22) = .4539.
TEST(RankStatistics, IntervalOfSpearman) {
  const auto interval = SpearmanInterval(0.6, 25);
  ASSERT_TRUE(interval.has_value());
  EXPECT_NEAR(interval->first, std::tanh(0.693147 - 0.453919), 1e-5);
  EXPECT_NEAR(interval->second, std::tanh(0.693147 + 0.453919), 1e-5);
  EXPECT_FALSE(SpearmanInterval(0.6, 4).has_value());
  EXPECT_FALSE(SpearmanInterval(1.0, 25).has_value());
}

// By the formula of Fieller, Hartley and Pearson, atanh(.5) = .549306, and the
// half width is 1.96 sqrt(.437 / 21) = .282734.
TEST(RankStatistics, IntervalOfKendall) {
  const auto interval = KendallInterval(0.5, 25);
  ASSERT_TRUE(interval.has_value());
  EXPECT_NEAR(interval->first, std::tanh(0.549306 - 0.282734), 1e-5);
  EXPECT_NEAR(interval->second, std::tanh(0.549306 + 0.282734), 1e-5);
  EXPECT_FALSE(KendallInterval(0.5, 4).has_value());
}

}  // namespace
}  // namespace robbench
