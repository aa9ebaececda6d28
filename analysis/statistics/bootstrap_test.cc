#include "analysis/statistics/bootstrap.h"

#include <cstddef>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Bootstrap, EqualsNumPy) {
  const auto golden = nlohmann::json::parse(
      ReadFile("analysis/statistics/testdata/bootstrap_golden.json").value());
  ASSERT_EQ(golden.size(), 3);
  for (const auto& family : golden) {
    std::vector<Bootstrapped> statistics;
    for (size_t i = 0; i < family["values"].size(); ++i) {
      Bootstrapped& added = statistics.emplace_back();
      added.value = family["values"][i];
      added.resampled = family["resampled"][i].get<std::vector<double>>();
      const auto interval = PercentileInterval(added.resampled);
      ASSERT_TRUE(interval.has_value());
      EXPECT_NEAR(interval->low, family["low"][i], 1e-9);
      EXPECT_NEAR(interval->high, family["high"][i], 1e-9);
      EXPECT_NEAR(BootstrapError(added), family["errors"][i], 1e-9);
    }
    EXPECT_NEAR(JointErrors(statistics, family["level"]).value(),
                family["joint_errors"], 1e-9);
  }
}

TEST(Bootstrap, LeavesOutWhatIsNotDefined) {
  EXPECT_FALSE(PercentileInterval({}).has_value());
  EXPECT_FALSE(PercentileInterval({1, kNaN, kNaN}).has_value());
  EXPECT_EQ(PercentileInterval({1, kNaN})->low, 1);
  EXPECT_EQ(BootstrapError({0, {kNaN}}), 0);
  // A statistic that never varies, and resamples without a value, add nothing.
  const Bootstrapped varies = {0, {-1, 1, kNaN}};
  const Bootstrapped constant = {5, {5, 5, 5}};
  ASSERT_TRUE(JointErrors({varies}, 0.05).has_value());
  EXPECT_EQ(JointErrors({varies, constant}, 0.05), JointErrors({varies}, 0.05));
  EXPECT_FALSE(JointErrors({varies, {0, {1, kNaN, 2}}}, 0.05).has_value());
}

// If a statistic is not defined on four of ten resamples, the joint intervals
// do not become narrower, as the rest are as far away as before.
TEST(Bootstrap, UndefinedResamplesAreNoSmallDeviations) {
  Bootstrapped whole, partly;
  for (int r = 0; r < 100; ++r) {
    whole.resampled.push_back(r % 2 == 0 ? 1 : -1);
    partly.resampled.push_back(r % 10 < 4 ? kNaN : whole.resampled.back());
  }
  EXPECT_NEAR(JointErrors({whole}, 0.7).value(), 1, 0.02);
  EXPECT_NEAR(JointErrors({partly}, 0.7).value(), 1, 0.02);
}

// The more comparisons there are, the further each interval reaches.
TEST(Bootstrap, MoreComparisonsTakeWiderIntervals) {
  std::vector<Bootstrapped> statistics;
  double last = 0;
  for (int i = 0; i < 4; ++i) {
    Bootstrapped& added = statistics.emplace_back();
    for (int r = 0; r < 64; ++r) {
      added.resampled.push_back((r >> i) % 2 == 0 ? r % 7 : -(r % 5));
    }
    const double errors = JointErrors(statistics, 0.05).value();
    EXPECT_GE(errors, last);
    last = errors;
  }
}

}  // namespace
}  // namespace robbench
