#include "analysis/deviation.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "analysis/benchmark_table.h"
#include "analysis/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"

namespace robbench {
namespace {

using ::testing::IsEmpty;

Table Cells(const std::vector<int>& indices) {
  Table table;
  *table.mutable_provenance() = MakeProvenance("test", "", {});
  for (const int index : indices) {
    *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
  }
  return table;
}

Column& AddColumn(Table& table, const std::string& dataset, int images,
                  const std::vector<double>& means) {
  Column& column = *table.add_columns();
  column.mutable_key()->set_dataset(dataset);
  column.mutable_key()->set_metric("pgd_8");
  column.set_kind(Column::ACCURACY);
  column.set_images(images);
  for (const double mean : means) column.add_mean(mean);
  return column;
}

// The published values of three cells.
BenchmarkTable Published() {
  Table table = Cells({1000, 1462, 2581});
  AddColumn(table, "cifar10", 10000, {0.46, 0.47, 0.48}).set_mean_of(3);
  return *BenchmarkTable::Make("published", table);
}

// Two of them with two seeds each, 2 and 4 points apart.
Table Ours(int images) {
  Table table = Cells({1462, 2581});
  Column& column = AddColumn(table, "cifar10", images, {0.48, 0.50});
  for (const auto& [seed, values] : {std::pair(0u, std::pair(0.47, 0.48)),
                                     std::pair(1u, std::pair(0.49, 0.52))}) {
    Column::Seed& added = *column.add_seeds();
    added.set_seed(seed);
    added.add_value(values.first);
    added.add_value(values.second);
  }
  return table;
}

TEST(Deviation, DifferencesAndTheirErrors) {
  const auto tables =
      DeviationTables(*BenchmarkTable::Make("ours", Ours(1000)), Published());
  ASSERT_EQ(tables.size(), 2);
  const auto& all = tables[1].rows;
  ASSERT_EQ(all.size(), 2);
  EXPECT_EQ(all[0][1].number, 1462);
  EXPECT_NEAR(all[0][2].number, 1, 1e-12);
  // Variances 2 and 8 squared points pool to 5: 5 (1/2 + 1/3), and the
  // sampling of 1,000 of 10,000 images.
  const double first =
      std::sqrt(5e-4 * (5.0 / 6) + 0.47 * 0.53 * (1e-3 - 1e-4));
  const double second =
      std::sqrt(5e-4 * (5.0 / 6) + 0.48 * 0.52 * (1e-3 - 1e-4));
  EXPECT_EQ(all[0][2].text, "+1.00 ± 2.53");
  EXPECT_NEAR(first, 0.02531, 1e-5);
  const auto& summary = tables[0].rows;
  ASSERT_EQ(summary.size(), 1);
  EXPECT_EQ(summary[0][1].number, 2);
  EXPECT_NEAR(summary[0][2].number, 1.5, 1e-12);
  EXPECT_NEAR(summary[0][3].number,
              100 * std::sqrt(first * first + second * second) / 2, 1e-10);
  EXPECT_NEAR(
      summary[0][4].number,
      std::sqrt((std::pow(0.01 / first, 2) + std::pow(0.02 / second, 2)) / 2),
      1e-10);
  EXPECT_EQ(summary[0][5].text, "100%");
  EXPECT_EQ(summary[0][6].number, 1);
}

TEST(Deviation, TheWholeTestSetIsNoSample) {
  const auto tables =
      DeviationTables(*BenchmarkTable::Make("ours", Ours(10000)), Published());
  ASSERT_EQ(tables.size(), 2);
  EXPECT_EQ(tables[1].rows[0][2].text, "+1.00 ± 2.04");  // sqrt(25 / 6)
}

TEST(Deviation, WithoutTwoSeedsThereIsNoError) {
  Table ours = Ours(10000);
  ours.mutable_columns(0)->mutable_seeds()->RemoveLast();
  const auto tables =
      DeviationTables(*BenchmarkTable::Make("ours", ours), Published());
  ASSERT_EQ(tables.size(), 2);
  EXPECT_EQ(tables[1].rows[1][2].text, "+2.00");
  EXPECT_EQ(tables[0].rows[0][3].text, "–");
}

TEST(Deviation, NothingInCommonIsNoTable) {
  Table ours = Cells({1462});
  AddColumn(ours, "fashion_mnist", 500, {0.5});
  EXPECT_THAT(DeviationTables(*BenchmarkTable::Make("ours", ours), Published()),
              IsEmpty());
}

}  // namespace
}  // namespace robbench
