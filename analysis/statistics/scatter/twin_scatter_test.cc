// Tests random streams and suspect rows by hand, and the two floors and the
// suspect rows of the published table.
#include "analysis/statistics/scatter/twin_scatter.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/published/published_table_fixture.h"
#include "analysis/report/tables/noise_tables.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/statistics/scatter/seed_variance.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"

namespace robbench {
namespace {

// Holds a table of these cells with one published column.
class TwinTable {
 public:
  explicit TwinTable(std::vector<std::pair<const char*, double>> cells) {
    std::sort(cells.begin(), cells.end(), [](const auto& a, const auto& b) {
      return Cell::FromCode(a.first)->Index() <
             Cell::FromCode(b.first)->Index();
    });
    Table proto;
    *proto.mutable_provenance() = MakeProvenance("test", "", {});
    column.mutable_key()->set_dataset("cifar10");
    column.mutable_key()->set_metric("clean");
    column.set_kind(Column::ACCURACY);
    column.set_mean_of(3);
    for (const auto& [code, value] : cells) {
      *proto.add_cells() = MakeCellIdentity(*Cell::FromCode(code));
      column.add_mean(value);
    }
    table = *BenchmarkTable::Make("t", proto);
  }
  std::optional<BenchmarkTable> table;
  Column column;
};

// Each of these cells is one 3x3 convolution of x. 000300 and 300010 have the
// list "3"; 200300 has "13", as it also has a 1x1 convolution that leads
// nowhere.
TEST(TwinScatter, StreamsByTheirListOfConvolutions) {
  const TwinTable t({{"000300", .50}, {"300010", .51}, {"200300", .53}});
  const Twins twins = FindTwins(*t.table);
  ASSERT_EQ(twins.groups.size(), 1);
  ASSERT_EQ(twins.groups[0].size(), 3);
  const auto noise = CompareStreams(*t.table, twins, t.column);
  ASSERT_TRUE(noise.has_value());
  EXPECT_EQ(noise->shared().pairs(), 1);
  EXPECT_NEAR(noise->shared().standard_deviation(), .01 / .953873, 1e-7);
  EXPECT_EQ(noise->independent().pairs(), 1);
  const double independent = noise->independent().standard_deviation();
  EXPECT_TRUE(std::abs(independent - .02 / .953873) < 1e-7 ||
              std::abs(independent - .03 / .953873) < 1e-7);
  // If no twin has the same list, there is nothing to compare.
  const TwinTable two({{"000300", .50}, {"200300", .53}});
  EXPECT_FALSE(CompareStreams(*two.table, FindTwins(*two.table), two.column));
}

TEST(SeedVariance, ByHand) {
  Column column;
  for (int i = 0; i < 3; ++i) column.add_mean(0);
  const double nan = std::nan("");
  const std::vector<std::vector<double>> seeds = {
      {.50, .10, .70}, {.52, nan, .70}, {.54, nan, .76}};
  for (size_t s = 0; s < seeds.size(); ++s) {
    Column::Seed& seed = *column.add_seeds();
    seed.set_seed(s);
    for (const double value : seeds[s]) seed.add_value(value);
  }
  // By NumPy, var(ddof=1) of .50 .52 .54 is .0004, and of .70 .70 .76 it is
  // .0012.
  const auto variance = MeasureSeedVariance(column);
  ASSERT_TRUE(variance.has_value());
  EXPECT_EQ(variance->cells, 2);
  EXPECT_NEAR(variance->variance, .0008, 1e-15);
  column.mutable_seeds()->DeleteSubrange(1, 2);
  EXPECT_FALSE(MeasureSeedVariance(column).has_value());
}

class PublishedTwins : public PublishedTableFixture {
 protected:
  void SetUp() override {
    PublishedTableFixture::SetUp();
    if (has_table()) twins_ = FindTwins(table());
  }

  Twins twins_;
};

// A script counted 745 groups of steady twins, which scatter by .196 points
// clean and .142 under PGD 8.
TEST_F(PublishedTwins, ScatterByKind) {
  const std::map<std::string, std::vector<double>> expected = {
      {"clean", {.00196, 745}}, {"pgd_8", {.00142, 745}}};
  for (const auto& [metric, values] : expected) {
    const auto scatters =
        MeasureTwinScatter(table(), twins_, *table().Find("cifar10", metric));
    ASSERT_EQ(scatters.size(), 3);
    EXPECT_EQ(scatters[0].kind(), STEADY);
    EXPECT_NEAR(scatters[0].pooled_standard_deviation(), values[0], 5e-6);
    EXPECT_EQ(scatters[0].groups(), values[1]);
    EXPECT_EQ(scatters[1].groups() + scatters[2].groups(), 36);
    EXPECT_TRUE(scatters[1].has_failed_share());
    EXPECT_FALSE(scatters[2].has_failed_share());
  }
}

TEST_F(PublishedTwins, SharedStreamsMakeTwinsALittleMoreAlike) {
  Statistics statistics;
  for (const char* metric : {"clean", "pgd_8", "autoattack"}) {
    const auto noise =
        CompareStreams(table(), twins_, *table().Find("cifar10", metric));
    ASSERT_TRUE(noise.has_value());
    *statistics.add_stream_noises() = *noise;
    std::printf(
        "%-10s shared %u %.5f [%.5f, %.5f] independent %u %.5f "
        "[%.5f, %.5f]\n",
        metric, noise->shared().pairs(), noise->shared().standard_deviation(),
        noise->shared().low(), noise->shared().high(),
        noise->independent().pairs(), noise->independent().standard_deviation(),
        noise->independent().low(), noise->independent().high());
    EXPECT_GT(noise->shared().pairs(), 500) << metric;
    EXPECT_GT(noise->independent().pairs(), 300) << metric;
    EXPECT_LT(noise->shared().standard_deviation(),
              1.05 * noise->independent().standard_deviation())
        << metric;
    EXPECT_LT(noise->independent().standard_deviation(),
              1.5 * noise->shared().standard_deviation())
        << metric;
  }
  const auto tables = NoiseTables(statistics, "cifar10");
  ASSERT_EQ(tables.size(), 1);
  EXPECT_EQ(tables[0].rows.size(), 3);
  EXPECT_EQ(tables[0].rows[0].size(), tables[0].columns.size());
}

// In AutoAttack's column, which has one seed, some networks have 12 to 14 %
// where equal ones have 24, 3616, 745, 1296 and 1971 among them.
TEST_F(PublishedTwins, SuspectRows) {
  const auto rows =
      FindSuspectRows(table(), twins_, *table().Find("cifar10", "autoattack"));
  std::map<uint32_t, const SuspectRow*> found;
  for (const SuspectRow& row : rows) {
    found[row.cell().index()] = &row;
    EXPECT_GE(row.probability(), kLeastSuspicion);
    EXPECT_GE(row.twin_value() - row.value(), kLeastDeficit);
  }
  for (const uint32_t cell : {3616, 745, 1296, 1971}) {
    ASSERT_TRUE(found.count(cell) == 1) << cell;
    EXPECT_GT(found[cell]->twin_value(), .23) << cell;
    EXPECT_LT(found[cell]->value(), .145) << cell;
    EXPECT_EQ(found[cell]->kind(), DOUBLING) << cell;
  }
  EXPECT_EQ(found.count(894), 0);
  // The clean accuracy of 14590 is 6 points below that of 353, which is the
  // same x + x.
  bool clean = false;
  for (const SuspectRow& row :
       FindSuspectRows(table(), twins_, *table().Find("cifar10", "clean"))) {
    clean |= row.cell().index() == 14590 && row.twin().index() == 353;
  }
  EXPECT_TRUE(clean);
}

}  // namespace
}  // namespace robbench
