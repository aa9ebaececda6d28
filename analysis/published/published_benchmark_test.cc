#include "analysis/published/published_benchmark.h"

#include "analysis/published/published_table.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"

namespace robbench {
namespace {

// Returns a table of two cells. Every count of the first is a tenth of all
// images, every count of the second a fifth.
BenchmarkTable MakeTable() {
  PublishedTable published;
  for (const int index : {1462, 2581}) {
    PublishedRow& row = published.rows.emplace_back();
    row.index = index;
    for (int c = 0; c < kNumPublishedColumns; ++c) {
      row.correct[c] = PublishedTotal(c) / (index == 1462 ? 10 : 5);
    }
  }
  return *BenchmarkTable::Make("t", *MakePublishedBenchmark(published, "file"));
}

TEST(PublishedBenchmark, HoldsMeansAndWhatTheyAreOf) {
  const BenchmarkTable table = MakeTable();
  EXPECT_EQ(table.proto().provenance().inputs(0).sha256(), Sha256("file"));
  EXPECT_EQ(table.proto().columns_size(), 3 * 8);
  const Column& pgd = *table.Find("imagenet16_120", "val_pgd_3.0_acc");
  EXPECT_EQ(pgd.mean(0), 0.1);
  EXPECT_EQ(pgd.mean(1), 0.2);
  EXPECT_EQ(pgd.images(), 6000);
  EXPECT_EQ(pgd.mean_of(), 3);
  EXPECT_EQ(pgd.seeds_size(), 0);
  EXPECT_EQ(pgd.attack().pgd().epsilon(), 3);
  EXPECT_EQ(pgd.attack().pgd().step_size(), 0.375);
  EXPECT_EQ(table.Find("cifar10", "fgsm_8")->attack().fgsm().epsilon(), 8);
  EXPECT_EQ(table.Find("cifar100", "autoattack")->mean_of(), 1);
  for (const Benchmark& benchmark : table.proto().benchmarks()) {
    EXPECT_TRUE(benchmark.published());
    EXPECT_EQ(benchmark.recipe().skeleton().cells_per_stage(), 5);
  }
}

// The cell of 3x3 convolutions only has 220.1 M multiply-adds at 32x32. A
// quarter of the pixels takes a quarter of the work.
TEST(PublishedBenchmark, CostsAreThoseOfThePapersSkeleton) {
  const BenchmarkTable table = MakeTable();
  const double full = table.Find("cifar10", "multiply_adds")->mean(0);
  EXPECT_NEAR(full, 220.1e6, 0.05e6);
  EXPECT_NEAR(table.Find("imagenet16_120", "multiply_adds")->mean(0), full / 4,
              0.01e6);
  // There are 90 more classes, with 64 weights and a bias each.
  EXPECT_EQ(table.Find("cifar100", "parameters")->mean(0) -
                table.Find("cifar10", "parameters")->mean(0),
            90 * 65);
}

TEST(PublishedBenchmark, AveragesAreOfTheSameSeeds) {
  const BenchmarkTable table = MakeTable();
  StatisticsSpec spec;
  MetricAverage& average = *spec.add_averages();
  average.set_name("both");
  average.add_of("fgsm_3");
  average.add_of("autoattack");
  spec.set_ranking_metric("both");
  spec.set_best_count(1);
  const auto statistics = ComputeStatistics(table, "spec", spec);
  ASSERT_TRUE(statistics.ok()) << statistics.status();
  const DatasetStatistics& dataset = statistics->datasets(0);
  EXPECT_EQ(dataset.averages(0).mean_of(), 1);
  EXPECT_EQ(dataset.ranking(0).cell().index(), 2581);
  EXPECT_NEAR(dataset.ranking(0).value(), 0.2, 1e-15);
}

}  // namespace
}  // namespace robbench
