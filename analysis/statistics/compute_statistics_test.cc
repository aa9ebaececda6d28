#include "analysis/statistics/compute_statistics.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/collect/synthetic_table.h"
#include "analysis/statistics/best_operations.h"
#include "analysis/statistics/rank_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ComputeStatisticsTest : public ::testing::Test {
 protected:
  ComputeStatisticsTest()
      : table_(*BenchmarkTable::Make("table", SyntheticTable(TwentyCells()))) {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        SyntheticStatisticsSpec(), &spec_));
  }

  Statistics Compute() const {
    const auto statistics = ComputeStatistics(table_, "spec", spec_);
    EXPECT_TRUE(statistics.ok()) << statistics.status();
    return *statistics;
  }

  std::string Refused(const std::function<void(StatisticsSpec&)>& change) {
    StatisticsSpec spec = spec_;
    change(spec);
    return std::string(
        ComputeStatistics(table_, "s.textproto", spec).status().message());
  }

  const Column& Get(const std::string& metric) const {
    return **table_.Get("fashion_mnist", metric);
  }

  const BenchmarkTable table_;
  StatisticsSpec spec_;
};

TEST_F(ComputeStatisticsTest, AverageIsTheMeanOfItsParts) {
  const Statistics statistics = Compute();
  const Column& average = statistics.datasets(0).averages(0);
  for (int i = 0; i < 20; ++i) {
    EXPECT_NEAR(average.mean(i),
                (Get("fgsm_10").mean(i) + Get("pgd_10").mean(i) +
                 Get("fgsm_25").mean(i) + Get("pgd_25").mean(i)) /
                    4,
                1e-15);
    EXPECT_NEAR(average.mean(i),
                (average.seeds(0).value(i) + average.seeds(1).value(i)) / 2,
                1e-15);
  }
}

TEST_F(ComputeStatisticsTest, RankingIsDescendingAndComplete) {
  const DatasetStatistics dataset = Compute().datasets(0);
  ASSERT_EQ(dataset.ranking_size(), 20);
  EXPECT_EQ(dataset.best(), 5);
  EXPECT_EQ(dataset.chance(), 0.1);
  EXPECT_EQ(dataset.ranking(0).cell().code(), "333333");
  EXPECT_EQ(dataset.ranking(19).cell().code(), "030000");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(dataset.ranking(i).rank(), i + 1);
    if (i > 0) {
      EXPECT_LE(dataset.ranking(i).value(), dataset.ranking(i - 1).value());
    }
  }
}

TEST_F(ComputeStatisticsTest, OperationsAreCountedByHand) {
  // The five best cells are 333333 333133 333123 323133 222222.
  const DatasetStatistics dataset = Compute().datasets(0);
  ASSERT_EQ(dataset.edges_size(), 6);
  const auto best = [&](int edge, int operation) {
    return dataset.edges(edge).operations(operation).best();
  };
  EXPECT_EQ(best(0, 3), 4);  // on edge 0→1: 3 3 3 3 2
  EXPECT_EQ(best(0, 2), 1);
  EXPECT_EQ(best(3, 1), 3);  // on edge 0→3: 3 1 1 1 2
  EXPECT_EQ(best(3, 3), 1);
  EXPECT_EQ(dataset.edges(3).source(), 0);
  EXPECT_EQ(dataset.edges(3).target(), 3);
  for (const EdgeOperations& edge : dataset.edges()) {
    uint32_t sum = 0;
    for (const OperationCount& count : edge.operations()) sum += count.all();
    EXPECT_EQ(sum, 20);
  }
}

TEST_F(ComputeStatisticsTest, CorrelationsAreOfTheColumns) {
  const Statistics statistics = Compute();
  // There are 5 accuracies, 1 average, 24 NTK scores and 2 costs.
  EXPECT_EQ(statistics.correlations_size(), 32 * 31 / 2);
  const Column& x = Get("ntk_robust_min_eigenvalue");
  const Column& y = Get("pgd_25");
  const Correlation* found = FindCorrelation(statistics, x.key(), y.key());
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found, FindCorrelation(statistics, y.key(), x.key()));
  EXPECT_EQ(found->cells(), 20);
  const std::vector<double> a(x.mean().begin(), x.mean().end());
  const std::vector<double> b(y.mean().begin(), y.mean().end());
  EXPECT_EQ(found->spearman(), *Spearman(a, b));
  EXPECT_EQ(found->kendall(), *KendallTauB(a, b));
  EXPECT_LT(found->spearman_low(), found->spearman());
  EXPECT_GT(found->spearman_high(), found->spearman());
}

TEST_F(ComputeStatisticsTest, SeedsAgreeAsComputedDirectly) {
  const Statistics statistics = Compute();
  const Column& pgd = Get("pgd_25");
  bool found = false;
  for (const SeedAgreement& seeds : statistics.seed_agreements()) {
    if (seeds.column().metric() != "pgd_25") continue;
    found = true;
    EXPECT_EQ(seeds.cells(), 20);
    const auto& x = pgd.seeds(0).value();
    const auto& y = pgd.seeds(1).value();
    EXPECT_EQ(seeds.spearman(),
              *Spearman(std::vector<double>(x.begin(), x.end()),
                        std::vector<double>(y.begin(), y.end())));
  }
  EXPECT_TRUE(found);
  for (const SeedNoise& noise : statistics.seed_noises()) {
    if (noise.column().metric() != "pgd_25") continue;
    // The variance of two values a and b is (a - b)^2 / 2.
    double sum = 0;
    for (int i = 0; i < 20; ++i) {
      const double d = pgd.seeds(0).value(i) - pgd.seeds(1).value(i);
      sum += d * d / 2;
    }
    EXPECT_NEAR(noise.standard_deviation(), std::sqrt(sum / 20), 1e-15);
  }
}

TEST_F(ComputeStatisticsTest, DistributionsLeaveOutInfinity) {
  const Statistics statistics = Compute();
  for (const Distribution& box : statistics.distributions()) {
    const std::string& metric = box.column().metric();
    EXPECT_EQ(box.cells(), absl::EndsWith(metric, "_condition_number") ||
                                   absl::EndsWith(metric, "_ratio_2") ||
                                   absl::EndsWith(metric, "_complexity")
                               ? 19
                               : 20)
        << metric;
    EXPECT_TRUE(std::isfinite(box.mean()));
  }
}

TEST_F(ComputeStatisticsTest, BestShareRoundsUp) {
  spec_.set_best_share(0.21);
  EXPECT_EQ(Compute().datasets(0).best(), 5);
}

// The intervals come from the noise of the ranking, which has two seeds.
TEST_F(ComputeStatisticsTest, SharesHaveIntervals) {
  const Statistics statistics = Compute();
  DatasetStatistics dataset = statistics.datasets(0);
  ASSERT_EQ(dataset.operations_size(), 5);
  uint32_t best = 0, all = 0;
  for (const EdgeOperations& edge : dataset.edges()) {
    best += edge.operations(3).best();
    all += edge.operations(3).all();
  }
  const OperationCount& count = dataset.operations(3);
  EXPECT_EQ(count.best(), best);
  EXPECT_EQ(count.all(), all);
  ASSERT_TRUE(count.has_best_share_low());
  EXPECT_EQ(dataset.best_networks(), 5);
  const Column& ranking = RankingColumn(table_, statistics, dataset);
  ASSERT_EQ(ranking.seeds_size(), 2);
  for (const SeedNoise& noise : statistics.seed_noises()) {
    if (noise.column().metric() != ranking.key().metric()) continue;
    AddOperationIntervals(noise.standard_deviation() / std::sqrt(2.0), dataset);
    EXPECT_EQ(dataset.operations(3).best_share_low(), count.best_share_low());
    EXPECT_EQ(dataset.operations(3).best_share_high(), count.best_share_high());
    EXPECT_LE(count.best_share_low(), best / 30.0);
    EXPECT_GE(count.best_share_high(), best / 30.0);
  }
}

TEST_F(ComputeStatisticsTest, FrontsAndShortLists) {
  spec_.mutable_short_lists()->add_targets("autoattack");  // the table lacks it
  spec_.mutable_short_lists()->add_targets("pgd_25");
  spec_.mutable_short_lists()->add_sizes(5);
  const DatasetStatistics dataset = Compute().datasets(0);
  // There are fronts of clean accuracy and of the average, by two costs.
  ASSERT_EQ(dataset.fronts_size(), 4);
  EXPECT_EQ(dataset.fronts(0).accuracy().metric(), "clean");
  EXPECT_EQ(dataset.fronts(3).cost().metric(), "parameters");
  // Every one of the 32 columns but the target has a list.
  ASSERT_EQ(dataset.short_lists_size(), 31);
  for (const ShortList& list : dataset.short_lists()) {
    EXPECT_EQ(list.target().metric(), "pgd_25");
    ASSERT_EQ(list.cuts_size(), 1);
    EXPECT_EQ(list.cuts(0).size(), 5);
  }
}

TEST_F(ComputeStatisticsTest, RefusesBadSpecs) {
  EXPECT_THAT(
      Refused([](StatisticsSpec& s) { s.set_ranking_metric("pgd_255"); }),
      AllOf(HasSubstr("s.textproto"), HasSubstr("ranking_metric"),
            HasSubstr("did you mean pgd_25?")));
  EXPECT_THAT(
      Refused([](StatisticsSpec& s) {
        s.mutable_averages(0)->set_of(1, "nothing");
      }),
      AllOf(HasSubstr("averages[robust_average]"), HasSubstr("nothing")));
  EXPECT_THAT(Refused([](StatisticsSpec& s) {
                s.mutable_averages(0)->set_of(1, "parameters");
              }),
              AllOf(HasSubstr("expected accuracies"), HasSubstr("parameters")));
  EXPECT_THAT(Refused([](StatisticsSpec& s) {
                s.mutable_averages(0)->set_name("clean");
              }),
              HasSubstr("a new name"));
  EXPECT_THAT(Refused([](StatisticsSpec& s) { s.set_best_count(0); }),
              HasSubstr("best_count"));
  EXPECT_THAT(Refused([](StatisticsSpec& s) { s.set_best_share(1.5); }),
              HasSubstr("best_share"));
  EXPECT_THAT(
      Refused([](StatisticsSpec& s) {
        s.mutable_short_lists()->add_targets("pgd_52");
      }),
      HasSubstr("short_lists.targets: the table has no metric \"pgd_52\""));
  EXPECT_THAT(
      Refused([](StatisticsSpec& s) { s.mutable_short_lists()->add_sizes(1); }),
      HasSubstr("short_lists.targets: expected one or more"));
  EXPECT_THAT(
      Refused([](StatisticsSpec& s) { s.mutable_short_lists()->add_sizes(0); }),
      HasSubstr("short_lists.sizes"));
  EXPECT_THAT(Refused([](StatisticsSpec& s) { s.clear_best(); }),
              HasSubstr("best_count or best_share"));
}

}  // namespace
}  // namespace robbench
