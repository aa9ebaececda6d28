#include "nas/cost.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"
#include "nas/cell.h"
#include "nas/isomorphism.h"
#include "nas/network_plan.h"
#include "nas/search_space_golden.h"

namespace robbench {
namespace {

TEST(CostTest, SameAsPyTorchWithHooks) {
  for (const auto& [code, golden] : SearchSpaceGolden()["cells"].items()) {
    const Cell cell = *Cell::FromCode(code);
    const Cost paper = CountCost(*MakeNetworkPlan(cell, {}));
    EXPECT_EQ(paper.multiply_adds, golden["paper"]["multiply_adds"]) << code;
    EXPECT_EQ(paper.parameters, golden["paper"]["parameters"]) << code;
    const Cost small = CountCost(*MakeNetworkPlan(cell, {.channels = 8,
                                                         .cells_per_stage = 1,
                                                         .image_channels = 1,
                                                         .image_size = 16,
                                                         .classes = 7}));
    EXPECT_EQ(small.multiply_adds, golden["small"]["multiply_adds"]) << code;
    EXPECT_EQ(small.parameters, golden["small"]["parameters"]) << code;
  }
}

// The cell of 3x3 convolutions only has 220.1 M multiply-adds. Over the classes
// their mean is 64.5 M and their median 55.0 M.
TEST(CostTest, OverAllClasses) {
  EXPECT_EQ(
      CountCost(*MakeNetworkPlan(*Cell::FromCode("333333"), {})).multiply_adds,
      220119680);
  std::vector<double> costs;
  for (const int id : IsomorphismClasses::Get().representatives()) {
    costs.push_back(
        CountCost(*MakeNetworkPlan(*Cell::FromIndex(id), {})).multiply_adds);
  }
  std::sort(costs.begin(), costs.end());
  const size_t half = costs.size() / 2;
  const double mean =
      std::accumulate(costs.begin(), costs.end(), 0.0) / costs.size();
  EXPECT_DOUBLE_EQ(mean, SearchSpaceGolden()["mean_multiply_adds"]);
  EXPECT_EQ((costs[half - 1] + costs[half]) / 2,
            SearchSpaceGolden()["median_multiply_adds"]);
  EXPECT_NEAR(mean, 64.5e6, 0.05e6);
  EXPECT_NEAR(costs[half], 55.0e6, 0.05e6);
}

TEST(CostTest, DeadLayersCountButNotAsLive) {
  // Edge 0→1 leads nowhere: 5 cells of 16 x 16 x 9 at 32x32 in each stage.
  const Cost cost = CountCost(*MakeNetworkPlan(*Cell::FromCode("300100"), {}));
  EXPECT_EQ(cost.multiply_adds - cost.live_multiply_adds,
            3 * 5 * 16 * 16 * 9 * 32 * 32);
  // Of a cell without a path only the head, which sees zeros, is live.
  const Cost dead = CountCost(*MakeNetworkPlan(*Cell::FromCode("000000"), {}));
  EXPECT_EQ(dead.live_multiply_adds, 64 * 10);
}

}  // namespace
}  // namespace robbench
