// Tests the shares of operations among the best cells, and that copies and
// near-copies of a cell do not make their intervals narrower.
#include "analysis/statistics/best_operations.h"

#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/statistics/statistics.pb.h"
#include "gtest/gtest.h"
#include "nas/cell.h"
#include "nas/isomorphism.h"
#include "nas/network_identity.h"

namespace robbench {
namespace {

constexpr double kNoise = 0.002;

// Ranks codes with values, highest first.
DatasetStatistics Ranked(
    const std::vector<std::pair<std::string, double>>& cells, int best) {
  DatasetStatistics dataset;
  for (const auto& [code, value] : cells) {
    RankedCell& ranked = *dataset.add_ranking();
    ranked.set_rank(dataset.ranking_size());
    ranked.mutable_cell()->set_code(code);
    ranked.mutable_cell()->set_index(Cell::FromCode(code)->Index());
    ranked.set_value(value);
  }
  dataset.set_best(best);
  AddOperations(dataset);
  return dataset;
}

// Returns the 18 cells that have one edge of `code` changed to 0, 1 or 4.
std::vector<std::string> NearCopies(const std::string& code) {
  std::vector<std::string> copies;
  for (int edge = 0; edge < 6; ++edge) {
    for (const char operation : {'0', '1', '4'}) {
      copies.push_back(code);
      copies.back()[edge] = operation;
    }
  }
  return copies;
}

TEST(BestOperations, CountsByHand) {
  const DatasetStatistics dataset =
      Ranked({{"333313", .5}, {"333310", .4}, {"400000", .3}}, 2);
  ASSERT_EQ(dataset.edges_size(), 6);
  EXPECT_EQ(dataset.edges(0).operations(3).best(), 2);
  EXPECT_EQ(dataset.edges(0).operations(3).all(), 2);
  EXPECT_EQ(dataset.edges(0).operations(4).all(), 1);
  EXPECT_EQ(dataset.edges(4).operations(1).best(), 2);
  EXPECT_EQ(dataset.edges(5).operations(0).best(), 1);
  EXPECT_EQ(dataset.edges(5).source(), 2);
  EXPECT_EQ(dataset.edges(5).target(), 3);
  EXPECT_EQ(dataset.operations(3).operation(), "nor_conv_3x3");
  EXPECT_EQ(dataset.operations(3).best(), 9);
  EXPECT_EQ(dataset.operations(0).all(), 6);
  EXPECT_EQ(dataset.best_networks(), 2);
  EXPECT_FALSE(dataset.operations(3).has_best_share_low());
}

TEST(BestOperations, WithoutNoiseAnIntervalIsItsShare) {
  DatasetStatistics dataset =
      Ranked({{"333313", .5}, {"333310", .4}, {"400000", .3}}, 2);
  AddOperationIntervals(0, dataset);
  EXPECT_EQ(dataset.operations(3).best_share_low(), 9 / 12.0);
  EXPECT_EQ(dataset.operations(3).best_share_high(), 9 / 12.0);
  EXPECT_EQ(dataset.edges(5).operations(3).best_share_low(), .5);
}

// The second of two cells is the better one with the probability Phi(-gap /
// (sqrt(2) noise)). At 4 % the interval has both cells, at 1 % only the first.
TEST(BestOperations, TwoCellsByTheirGap) {
  for (const auto& [deviations, low] : {std::pair(1.7506860712521692, 0.0),
                                        std::pair(2.3263478740408408, 1.0)}) {
    const double gap = deviations * std::sqrt(2.0) * kNoise;
    DatasetStatistics dataset =
        Ranked({{"333333", .5}, {"222222", .5 - gap}}, 1);
    AddOperationIntervals(kNoise, dataset);
    EXPECT_EQ(dataset.operations(3).best_share_low(), low);
    EXPECT_EQ(dataset.operations(3).best_share_high(), 1);
  }
}

// There are 18 near-copies of one cell and 18 of another, all equally good. The
// best nine are any nine of them, 2 to 7 of the first kind (SciPy's
// hypergeom(36, 18, 9) has .9 % below 2 and 6.1 % up to 2). Independent slots
// would have said .337 to .594 (SciPy's Wilson interval of 25 in 54).
TEST(BestOperations, NearCopiesAreNoIndependentTrials) {
  std::vector<std::pair<std::string, double>> cells;
  const auto first = NearCopies("333333"), second = NearCopies("222222");
  std::set<std::string> networks;
  for (int i = 0; i < 18; ++i) {
    for (const std::string& code : {first[i], second[i]}) {
      cells.emplace_back(code, .5);
      networks.insert(NetworkString(*Cell::FromCode(code)));
    }
  }
  ASSERT_EQ(networks.size(), 36);
  DatasetStatistics dataset = Ranked(cells, 9);
  EXPECT_EQ(dataset.operations(3).best(), 25);
  EXPECT_EQ(dataset.best_networks(), 9);
  AddOperationIntervals(kNoise, dataset);
  const OperationCount& count = dataset.operations(3);
  EXPECT_DOUBLE_EQ(count.best_share_low(), 2 * 5 / 54.0);
  EXPECT_DOUBLE_EQ(count.best_share_high(), 7 * 5 / 54.0);
  EXPECT_LT(count.best_share_low(), .337);
  EXPECT_GT(count.best_share_high(), .594);
}

// All cells of one class are one network. It counts once, however many rows it
// has, and the rest of the best are others.
TEST(BestOperations, CopiesCountOnce) {
  std::vector<std::string> copies;
  const IsomorphismClasses& classes = IsomorphismClasses::Get();
  for (const int member : classes.Members(Cell::FromCode("300040")->Index())) {
    copies.push_back(Cell::FromIndex(member)->Code());
  }
  ASSERT_GE(copies.size(), 4);
  const auto others = NearCopies("222222");
  const auto intervals = [&](int number) {
    std::vector<std::pair<std::string, double>> cells;
    for (int i = 0; i < number; ++i) cells.emplace_back(copies[i], .6);
    for (const std::string& code : others) cells.emplace_back(code, .5);
    DatasetStatistics dataset = Ranked(cells, 4);
    AddOperationIntervals(kNoise, dataset);
    return dataset;
  };
  const DatasetStatistics one = intervals(1), four = intervals(4);
  EXPECT_EQ(one.best_networks(), 4);
  EXPECT_EQ(four.best_networks(), 1);
  for (int operation = 0; operation < 5; ++operation) {
    EXPECT_EQ(four.operations(operation).best_share_low(),
              one.operations(operation).best_share_low());
    EXPECT_EQ(four.operations(operation).best_share_high(),
              one.operations(operation).best_share_high());
  }
  EXPECT_LT(four.operations(1).best_share_low(),
            four.operations(1).best_share_high());
}

}  // namespace
}  // namespace robbench
