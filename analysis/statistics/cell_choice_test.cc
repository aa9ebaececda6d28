#include "analysis/statistics/cell_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "analysis/statistics/noise_floor.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gtest/gtest.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"

namespace robbench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Column Make(const char* metric, const std::vector<double>& values) {
  Column column;
  column.mutable_key()->set_dataset("set");
  column.mutable_key()->set_metric(metric);
  for (const double value : values) column.add_mean(value);
  return column;
}

// Returns a table of seven rows, the cells 10 to 16, so that positions are not
// indices.
Table SomeCells() {
  Table table;
  for (int index = 10; index < 17; ++index) {
    *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
  }
  return table;
}

TEST(CostFront, HoldsTheCellsThatNoOtherBeats) {
  //                            0   1   2   3    4   5   6
  const Column cost = Make("c", {5, 3, 3, 9, 1, kNaN, 9});
  const Column accuracy = Make("a", {.5, .4, .6, .7, .2, .9, .7});
  const CostFront front = MakeCostFront(SomeCells(), accuracy, cost);
  EXPECT_EQ(front.accuracy().metric(), "a");
  EXPECT_EQ(front.cost().metric(), "c");
  ASSERT_EQ(front.cells_size(), 3);
  EXPECT_EQ(front.cells(0).cell().index(), 14);
  EXPECT_EQ(front.cells(1).cell().index(), 12);
  EXPECT_EQ(front.cells(2).cell().index(), 13);
  EXPECT_EQ(front.cells(2).cell().code(), Cell::FromIndex(13)->Code());
  EXPECT_EQ(front.cells(2).cost(), 9);
  EXPECT_EQ(front.cells(2).accuracy(), .7);
}

TEST(ShortList, IsJudgedByTheTarget) {
  const Column metric = Make("m", {9, 8, 7, 6, 5, kNaN});
  const Column target = Make("t", {.1, .2, .9, .8, .3, .99});
  const ShortList list =
      MakeShortList(SomeCells(), metric, target, {1, 2, 3, 5, 6});
  EXPECT_FALSE(list.lowest_first());
  ASSERT_EQ(list.cuts_size(), 4);  // only five cells have both
  EXPECT_EQ(list.cuts(0).hits(), 0);
  EXPECT_NEAR(list.cuts(0).regret(), .8, 1e-15);
  EXPECT_EQ(list.cuts(0).best_cell().index(), 10);
  EXPECT_EQ(list.cuts(1).hits(), 0);  // cells 0 and 1 against 2 and 3
  EXPECT_NEAR(list.cuts(1).regret(), .7, 1e-15);
  EXPECT_EQ(list.cuts(2).hits(), 1);  // cells 0 to 2 against 2 to 4
  EXPECT_NEAR(list.cuts(2).precision(), 1 / 3.0, 1e-15);
  EXPECT_EQ(list.cuts(2).regret(), 0);
  EXPECT_EQ(list.cuts(2).best_cell().index(), 12);
  EXPECT_EQ(list.cuts(3).precision(), 1);
}

TEST(ShortList, ConditionNumbersAreTakenLowestFirst) {
  Column metric = Make("ntk_clean_condition_number", {INFINITY, 3, 2});
  metric.set_score("condition_number");
  const ShortList list =
      MakeShortList(SomeCells(), metric, Make("t", {.1, .2, .3}), {1});
  EXPECT_TRUE(list.lowest_first());
  EXPECT_EQ(list.cuts(0).best_cell().index(), 12);
}

// Of six cells, four are one network, a 3x3 convolution of x by different
// paths, and two are another.
TEST(NoiseFloor, ByHand) {
  Table proto;
  std::vector<std::pair<int, double>> cells;  // index, value
  for (const auto& [code, value] :
       std::vector<std::pair<const char*, double>>{{"000300", .50},
                                                   {"300010", .52},
                                                   {"100030", .54},
                                                   {"030001", .50},
                                                   {"320011", .70},
                                                   {"230011", .71},
                                                   {"333333", .90}}) {
    cells.emplace_back(Cell::FromCode(code)->Index(), value);
  }
  std::sort(cells.begin(), cells.end());
  Column column = Make("pgd_8", {});
  column.set_mean_of(3);
  for (const auto& [index, value] : cells) {
    *proto.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
    column.add_mean(value);
  }
  const auto table = BenchmarkTable::Make("t", proto);
  ASSERT_TRUE(table.ok()) << table.status();
  const Twins twins = FindTwins(*table);
  EXPECT_EQ(twins.classes.rows(), 7);
  EXPECT_EQ(twins.classes.networks(), 3);
  EXPECT_EQ(twins.classes.flattened(), 3);
  ASSERT_EQ(twins.groups.size(), 2);
  const auto noise = MeasureNoise(twins, column, 3);
  ASSERT_TRUE(noise.has_value());
  EXPECT_EQ(noise->groups(), 2);
  EXPECT_EQ(noise->cells(), 6);
  // The squared differences of the four from .515 sum to .0011, those of the
  // two from .705 to .00005.
  EXPECT_NEAR(noise->pooled_standard_deviation(), std::sqrt(.00115 / 4), 1e-12);
  // This is the middle one of three differences, over .9539.
  std::vector<double> differences = {.01};
  std::vector<double> four;
  for (const auto& [index, value] : cells) {
    if (value < .6) four.push_back(value);
  }
  differences.push_back(std::abs(four[0] - four[1]));
  differences.push_back(std::abs(four[2] - four[3]));
  std::sort(differences.begin(), differences.end());
  EXPECT_NEAR(noise->standard_deviation(), differences[1] / .953873, 1e-6);
  EXPECT_NEAR(noise->one_seed(), noise->standard_deviation() * std::sqrt(3.0),
              1e-12);
  EXPECT_NEAR(noise->resolution(),
              1.959964 * std::sqrt(2.0) * noise->standard_deviation(), 1e-6);
  // The values are .90, .71 and .70, of which the last two are one difference
  // of .01 apart.
  EXPECT_EQ(noise->pairs(), 3);
  EXPECT_EQ(noise->resolved_pairs(), 2);
  EXPECT_EQ(noise->unresolved_from_first(), 1);
  EXPECT_FALSE(MeasureNoise({}, column, 3).has_value());
}

}  // namespace
}  // namespace robbench
