#include "analysis/report/tables/deviation.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "analysis/statistics/difference_error.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "nas/base/record.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nlohmann/json.hpp"

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

// Returns the published values of three cells.
BenchmarkTable Published() {
  Table table = Cells({1000, 1462, 2581});
  AddColumn(table, "cifar10", 10000, {0.46, 0.47, 0.48}).set_mean_of(3);
  return *BenchmarkTable::Make("published", table);
}

// Returns two of these cells with two seeds each, 2 and 4 points apart.
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
  // Variances of 2 and 8 squared points pool to 5. The seeds add 5 (1/2 + 1/3),
  // and the rest is that 1,000 of 10,000 images were sampled.
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
  // Both cells are judged on the same images, so only the part of the seeds
  // averages out.
  const double images = std::sqrt(1e-3 - 1e-4) *
                        (std::sqrt(0.47 * 0.53) + std::sqrt(0.48 * 0.52)) / 2;
  EXPECT_NEAR(summary[0][3].number,
              100 * std::sqrt(5e-4 * (5.0 / 6) / 2 + images * images), 1e-10);
  EXPECT_NEAR(
      summary[0][4].number,
      std::sqrt((std::pow(0.01 / first, 2) + std::pow(0.02 / second, 2)) / 2),
      1e-10);
  EXPECT_EQ(summary[0][5].text, "100%");
  EXPECT_EQ(summary[0][6].number, 1);
}

// Compares the error with a simulation (testdata/make_deviation_golden.py),
// whose scatter has a relative error of 1.1 %, or 1 / sqrt(2 x 4000).
TEST(Deviation, ErrorOfTheMeanIsTheSimulatedScatterOrABoundOfIt) {
  const auto golden = nlohmann::json::parse(
      ReadFile("analysis/report/tables/testdata/deviation_golden.json")
          .value());
  ASSERT_EQ(golden["cases"].size(), 6);
  int equal = 0, above = 0;
  for (const auto& simulated : golden["cases"]) {
    std::vector<DifferenceErrorTerms> cells;
    double independent = 0;
    for (const double accuracy : simulated["accuracies"]) {
      const double deviation = simulated["seed_deviation"];
      cells.push_back({.seed_variance = deviation * deviation,
                       .accuracy = accuracy,
                       .our_seeds = simulated["our_seeds"],
                       .our_images = simulated["our_images"],
                       .their_seeds = simulated["their_seeds"],
                       .their_images = simulated["their_images"]});
      independent += std::pow(DifferenceError(cells.back()), 2);
    }
    const double error = MeanDifferenceError(cells);
    const double scatter = simulated["scatter"];
    const double shared = simulated["shared"];
    // Cells of equal accuracy that get the same images right reach the bound.
    if (shared == 1 && cells.front().accuracy == cells.back().accuracy) {
      EXPECT_NEAR(error, scatter, .035 * scatter) << simulated;
      ++equal;
    } else {
      EXPECT_GT(error, 1.035 * scatter) << simulated;
      ++above;
    }
    // Adding cells as if they were independent is right where they are, and
    // gives far too little where some images are hard for all.
    independent = std::sqrt(independent) / cells.size();
    if (shared == 0) {
      EXPECT_NEAR(independent, scatter, .035 * scatter) << simulated;
    } else {
      EXPECT_LT(independent, .8 * scatter) << simulated;
    }
    EXPECT_NEAR(MeanDifferenceError({cells[0]}), DifferenceError(cells[0]),
                1e-15);
  }
  EXPECT_EQ(equal, 2);
  EXPECT_EQ(above, 4);
}

// A sample of images does not become larger by 1,000 more cells.
TEST(Deviation, MoreCellsDoNotMakeUpForFewImages) {
  const DifferenceErrorTerms cell = {.seed_variance = 0,
                                     .accuracy = .5,
                                     .our_seeds = 1,
                                     .our_images = 100,
                                     .their_seeds = 3,
                                     .their_images = 10000};
  const std::vector<DifferenceErrorTerms> cells(1000, cell);
  EXPECT_NEAR(MeanDifferenceError(cells), DifferenceError(cell), 1e-12);
  EXPECT_NEAR(MeanDifferenceError(cells), .5 * std::sqrt(.0099), 1e-12);
}

TEST(Deviation, TheWholeTestSetIsNoSample) {
  const auto tables =
      DeviationTables(*BenchmarkTable::Make("ours", Ours(10000)), Published());
  ASSERT_EQ(tables.size(), 2);
  EXPECT_EQ(tables[1].rows[0][2].text, "+1.00 ± 2.04");  // 2.04 is sqrt(25 / 6)
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
