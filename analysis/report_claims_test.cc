#include "analysis/report_claims.h"

#include <optional>
#include <string>
#include <utility>

#include "analysis/benchmark_table.h"
#include "analysis/ntk_study.pb.h"
#include "analysis/search.pb.h"
#include "analysis/statistics.pb.h"
#include "analysis/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "ntk/ntk.pb.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

ColumnKey Key(const std::string& dataset, const std::string& metric) {
  ColumnKey key;
  key.set_dataset(dataset);
  key.set_metric(metric);
  return key;
}

// One data set with clean, FGSM and PGD accuracy of two cells.
class ReportClaimsTest : public testing::Test {
 protected:
  ReportClaimsTest() {
    *table_.mutable_provenance() = MakeProvenance("test", "", {});
    for (const int index : {1462, 2581}) {
      *table_.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
    }
    AddAccuracy("clean");
    AddAccuracy("fgsm_8").mutable_attack()->mutable_fgsm()->set_epsilon(8);
    AddAccuracy("pgd_3").mutable_attack()->mutable_pgd()->set_epsilon(3);
    AddAccuracy("pgd_8").mutable_attack()->mutable_pgd()->set_epsilon(8);
    statistics_.mutable_spec()->set_ranking_metric("pgd_8");
    DatasetStatistics& dataset = *statistics_.add_datasets();
    dataset.set_dataset("cifar10");
    dataset.set_chance(0.1);
    dataset.set_best(10);
    for (int i = 0; i < 100; ++i) {
      RankedCell& ranked = *dataset.add_ranking();
      ranked.set_rank(i + 1);
      *ranked.mutable_cell() = MakeCellKey(table_.cells(0));
      ranked.set_value(0.5);
    }
    Distribution& box = *statistics_.add_distributions();
    *box.mutable_column() = Key("cifar10", "pgd_8");
    box.set_cells(6466);
    box.set_first_quartile(0.3762);
    box.set_median(0.4275);
    box.set_third_quartile(0.4470);
  }

  Column& AddAccuracy(const std::string& metric) {
    Column& column = *table_.add_columns();
    *column.mutable_key() = Key("cifar10", metric);
    column.set_kind(Column::ACCURACY);
    column.mutable_attack()->set_name(metric);
    column.set_images(10000);
    column.add_mean(0.4);
    column.add_mean(0.5);
    return column;
  }

  void Correlate(const ColumnKey& first, const ColumnKey& second, double low,
                 double spearman, double high) {
    Correlation& found = *statistics_.add_correlations();
    *found.mutable_first() = first;
    *found.mutable_second() = second;
    found.set_cells(100);
    found.set_spearman(spearman);
    found.set_spearman_low(low);
    found.set_spearman_high(high);
  }

  // Best cells with so many of 10 having a 3x3 convolution on each edge, and
  // a skip from input to output.
  void SetOperations(int convolutions, int skips) {
    DatasetStatistics& dataset = *statistics_.mutable_datasets(0);
    dataset.clear_edges();
    for (const Edge& ends : kEdges) {
      EdgeOperations& edge = *dataset.add_edges();
      edge.set_source(ends.source);
      edge.set_target(ends.target);
      const bool skip = ends.source == 0 && ends.target == 3;
      for (const auto& [operation, best] :
           {std::pair("nor_conv_3x3", skip ? 10 - skips : convolutions),
            std::pair("skip_connect", skip ? skips : 10 - convolutions)}) {
        OperationCount& count = *edge.add_operations();
        count.set_operation(operation);
        count.set_best(best);
        count.set_all(500);
      }
    }
  }

  Claim Find(const std::string& start) {
    const auto table = BenchmarkTable::Make("t", table_);
    EXPECT_TRUE(table.ok()) << table.status();
    for (const Claim& claim :
         Claims(*table, statistics_, &search_,
                bound_study_ ? &*bound_study_ : nullptr, &ntk_study_)) {
      if (claim.text.rfind(start, 0) == 0) return claim;
    }
    ADD_FAILURE() << "no claim " << start;
    return {};
  }

  Table table_;
  Statistics statistics_;
  Search search_;
  std::optional<BoundStudyRecord> bound_study_;
  NtkStudy ntk_study_;
};

TEST_F(ReportClaimsTest, BoundsAreDecidedByTheStudy) {
  EXPECT_EQ(Find("The NTK bounds").verdict, Claim::NOT_TESTED);
  // 20 runs, of which one may fail.
  bound_study_.emplace();
  bound_study_->mutable_spec()->set_delta(0.05);
  BoundStudyNetwork& network = *bound_study_->add_networks();
  for (int i = 0; i < 20; ++i) {
    network.add_runs()->set_clean_bound(0.75);
    network.mutable_runs(i)->set_robust_bound(0.75);
  }
  network.set_clean_holds(20);
  network.set_robust_holds(19);
  EXPECT_EQ(Find("The NTK bounds").verdict, Claim::HOLDS);
  network.mutable_runs(3)->set_clean_bound(1.5);
  EXPECT_EQ(Find("The NTK bounds").verdict, Claim::HOLDS_IN_PART);
  EXPECT_EQ(Find("The NTK bounds").evidence,
            "On the paper's residual networks, not on cells: of 20 trained "
            "networks the bound is above the clean error of 20 and above the "
            "robust error of 19; it is below 1, where it says something, for "
            "19 and 20.");
  network.set_robust_holds(18);
  EXPECT_EQ(Find("The NTK bounds").verdict, Claim::DOES_NOT_HOLD);
}

TEST_F(ReportClaimsTest, CoefficientsAreDecidedByTheirIntervals) {
  struct {
    double low, high;
    Claim::Verdict verdict;
  } cases[] = {{0.984, 0.986, Claim::HOLDS},
               {0.85, 0.95, Claim::UNDECIDED},
               {0.70, 0.88, Claim::DOES_NOT_HOLD}};
  for (const auto& [low, high, verdict] : cases) {
    statistics_.clear_correlations();
    Correlate(Key("cifar10", "pgd_8"), Key("cifar10", "clean"), low,
              (low + high) / 2, high);
    EXPECT_EQ(Find("Clean and robust").verdict, verdict) << low;
  }
  EXPECT_THAT(Find("Clean and robust").evidence,
              HasSubstr("cifar10: Spearman 0.79 [0.70, 0.88] between clean "
                        "and PGD 8"));
  EXPECT_EQ(Find("FGSM").verdict, Claim::NOT_TESTED);
  EXPECT_EQ(Find("AutoAttack").verdict, Claim::NOT_TESTED);
  EXPECT_EQ(Find("AutoAttack").evidence,
            "The table has no AutoAttack accuracy.");
}

TEST_F(ReportClaimsTest, DataSetsThatDisagreeMakeAPart) {
  for (const char* name : {"cifar100", "imagenet16_120"}) {
    for (Column column : {table_.columns(3)}) {
      column.mutable_key()->set_dataset(name);
      *table_.add_columns() = column;
    }
    DatasetStatistics& dataset = *statistics_.add_datasets();
    dataset.set_dataset(name);
    dataset.set_chance(0.01);
    dataset.set_best(10);
  }
  const ColumnKey first = Key("cifar10", "pgd_8");
  Correlate(first, Key("cifar100", "pgd_8"), 0.98, 0.984, 0.99);
  EXPECT_EQ(Find("A cell that is robust").verdict, Claim::HOLDS);
  Correlate(first, Key("imagenet16_120", "pgd_8"), 0.5, 0.6, 0.7);
  EXPECT_EQ(Find("A cell that is robust").verdict, Claim::HOLDS_IN_PART);
  EXPECT_EQ(VerdictName(Claim::HOLDS_IN_PART), "holds in part");
}

TEST_F(ReportClaimsTest, SpreadAgainstNoise) {
  // 7.08 points against sqrt(.4275 x .5725 / 10,000) = 0.495 points.
  const Claim wide = Find("Trained alike");
  EXPECT_EQ(wide.verdict, Claim::HOLDS);
  EXPECT_THAT(wide.evidence,
              HasSubstr("spans 37.6–44.7% under PGD-0, ε = 8/255, 14 times "
                        "the sampling of the test images"));
  SeedNoise& noise = *statistics_.add_seed_noises();
  *noise.mutable_column() = Key("cifar10", "pgd_8");
  noise.set_standard_deviation(0.02);
  EXPECT_EQ(Find("Trained alike").verdict, Claim::DOES_NOT_HOLD);
}

TEST_F(ReportClaimsTest, NoiseBetweenEqualNetworks) {
  NoiseFloor& noise = *statistics_.add_noise_floors();
  *noise.mutable_column() = Key("cifar10", "pgd_8");
  noise.set_standard_deviation(0.00141);
  EXPECT_THAT(Find("Trained alike").evidence,
              HasSubstr("50 times the noise between equal networks"));
}

TEST_F(ReportClaimsTest, StandardTrainingRanksDifferently) {
  EXPECT_EQ(Find("Robustness after standard").verdict, Claim::NOT_TESTED);
  Column& standard = AddAccuracy("standard_pgd");
  standard.clear_attack();
  standard.set_kind(Column::STANDARD_ACCURACY);
  const ColumnKey robust = Key("cifar10", "pgd_8");
  Correlate(standard.key(), robust, 0.2, 0.3, 0.4);
  EXPECT_EQ(Find("Robustness after standard").verdict, Claim::HOLDS);
  statistics_.mutable_correlations(0)->set_spearman_high(0.95);
  EXPECT_EQ(Find("Robustness after standard").verdict, Claim::UNDECIDED);
  statistics_.mutable_correlations(0)->set_spearman_low(0.9);
  EXPECT_EQ(Find("Robustness after standard").verdict, Claim::DOES_NOT_HOLD);
}

// Nothing is ranked where half of the cells are at chance or below.
TEST_F(ReportClaimsTest, StandardTrainingAtTheFloorDecidesNothing) {
  Column& standard = AddAccuracy("standard_pgd");
  standard.clear_attack();
  standard.set_kind(Column::STANDARD_ACCURACY);
  Correlate(standard.key(), Key("cifar10", "pgd_8"), 0.2, 0.3, 0.4);
  Distribution& box = *statistics_.add_distributions();
  *box.mutable_column() = standard.key();
  box.set_cells(6466);
  box.set_median(0.101);
  EXPECT_EQ(Find("Robustness after standard").verdict, Claim::HOLDS);
  EXPECT_THAT(Find("Robustness after standard").evidence,
              HasSubstr("at ε = 1/255"));
  box.set_median(0.1);
  EXPECT_EQ(Find("Robustness after standard").verdict, Claim::UNDECIDED);
  EXPECT_THAT(Find("Robustness after standard").evidence,
              HasSubstr("floor effect"));
}

TEST_F(ReportClaimsTest, SearchesAgainstRandomSearch) {
  EXPECT_EQ(Find("Local search").verdict, Claim::NOT_TESTED);
  search_.mutable_spec()->set_queries(150);
  for (const auto& [algorithm, mean] :
       {std::pair("local search", 0.481), std::pair("random search", 0.469),
        std::pair("regularized evolution", 0.477)}) {
    SearchResult& result = *search_.add_results();
    result.set_dataset("cifar10");
    result.set_algorithm(algorithm);
    result.set_criterion("pgd_8");
    FoundMetric& found = *result.add_found();
    found.set_metric("pgd_8");
    found.set_mean(mean);
    found.set_low(mean - 0.001);
    found.set_high(mean + 0.001);
  }
  const Claim claim = Find("Local search");
  EXPECT_EQ(claim.verdict, Claim::HOLDS);
  EXPECT_THAT(claim.evidence, HasSubstr("in 150 queries"));
  EXPECT_THAT(claim.evidence, HasSubstr("cifar10: 48.10%, 47.70%, 46.90%"));
  search_.mutable_results(1)->mutable_found(0)->set_high(0.479);
  EXPECT_EQ(Find("Local search").verdict, Claim::UNDECIDED);
}

TEST_F(ReportClaimsTest, OperationsOfTheBestCells) {
  SetOperations(9, 10);
  EXPECT_EQ(Find("The best cells are mostly").verdict, Claim::HOLDS);
  EXPECT_THAT(Find("The best cells are mostly").evidence,
              HasSubstr("75% of the edges of the 10 best cells, 50% of all"));
  EXPECT_EQ(Find("The best cells skip").verdict, Claim::HOLDS);
  SetOperations(5, 9);
  EXPECT_EQ(Find("The best cells are mostly").verdict, Claim::DOES_NOT_HOLD);
  EXPECT_EQ(Find("The best cells skip").verdict, Claim::DOES_NOT_HOLD);
  EXPECT_THAT(Find("The best cells skip").evidence,
              HasSubstr("9 of the 10 best cells"));
  // Ten of fewer than a hundred are no sample of the best.
  statistics_.mutable_datasets(0)->mutable_ranking()->RemoveLast();
  EXPECT_EQ(Find("The best cells are mostly").verdict, Claim::UNDECIDED);
  EXPECT_EQ(Find("The best cells skip").verdict, Claim::UNDECIDED);
  EXPECT_THAT(Find("The best cells skip").evidence, HasSubstr("(of only 99)"));
}

TEST_F(ReportClaimsTest, RobustNtkAgainstClean) {
  for (const auto& [kernel, kind] :
       {std::pair("clean", KernelScore::CLEAN),
        std::pair("robust", KernelScore::ROBUST)}) {
    Column& column = AddAccuracy(std::string("ntk_") + kernel);
    column.clear_attack();
    column.set_kind(Column::NTK_SCORE);
    column.set_kernel(kernel);
    column.set_kernel_kind(kind);
    column.set_score("min_eigenvalue");
  }
  EXPECT_EQ(Find("The robust NTK predicts robust").verdict, Claim::NOT_TESTED);
  const ColumnKey metric = Key("cifar10", "pgd_8");
  Correlate(Key("cifar10", "ntk_clean"), metric, 0.2, 0.3, 0.4);
  Correlate(Key("cifar10", "ntk_robust"), metric, 0.5, 0.6, 0.7);
  EXPECT_EQ(Find("The robust NTK predicts robust").verdict, Claim::HOLDS);
  statistics_.mutable_correlations(1)->set_spearman_low(0.35);
  EXPECT_EQ(Find("The robust NTK predicts robust").verdict, Claim::UNDECIDED);
  statistics_.mutable_correlations(1)->set_spearman_high(0.1);
  EXPECT_EQ(Find("The robust NTK predicts robust").verdict,
            Claim::DOES_NOT_HOLD);
}

void SetJoint(double low, double high, NtkOutcome outcome,
              NtkJointInterval& joint) {
  joint.set_low(low);
  joint.set_high(high);
  joint.set_outcome(outcome);
}

// Of two settings one says nothing: then a claim holds in part.
TEST_F(ReportClaimsTest, NtkClaimsFollowTheStudy) {
  EXPECT_EQ(Find("The robust NTK predicts better").verdict, Claim::NOT_TESTED);
  for (const char* name : {"calibrated", "eval"}) {
    NtkSettingStudy& setting = *ntk_study_.add_settings();
    setting.set_setting(name);
    setting.set_cells(210);
    NtkGrowth& growth = *setting.add_growths();
    growth.set_score("min_eigenvalue");
    growth.set_kernel("robust_8");
    growth.set_smaller_kernel("robust_3");
    growth.set_metric("pgd_8");
    growth.set_smaller_metric("pgd_3");
    growth.set_difference(.1);
    growth.set_low(.05);
    growth.set_high(.15);
    SetJoint(.01, .19, BETTER, *growth.mutable_joint());
    NtkContrast& contrast = *setting.add_contrasts();
    contrast.set_score("min_eigenvalue");
    contrast.set_kernel("robust_8");
    contrast.set_against("clean");
    contrast.set_metric("pgd_8");
    contrast.set_difference(.2);
    contrast.set_low(.1);
    contrast.set_high(.3);
    SetJoint(.05, .35, BETTER, *contrast.mutable_joint());
  }
  EXPECT_EQ(Find("The robust NTK predicts better").verdict, Claim::HOLDS);
  EXPECT_EQ(Find("The robust NTK predicts robust").verdict, Claim::HOLDS);
  SetJoint(
      -.05, .25, OPEN,
      *ntk_study_.mutable_settings(1)->mutable_growths(0)->mutable_joint());
  EXPECT_EQ(Find("The robust NTK predicts better").verdict,
            Claim::HOLDS_IN_PART);
  NtkContrast& contrast = *ntk_study_.mutable_settings(0)->mutable_contrasts(0);
  SetJoint(-.3, -.1, AT_MOST_LITTLE_BETTER, *contrast.mutable_joint());
  const Claim claim = Find("The robust NTK predicts robust");
  EXPECT_EQ(claim.verdict, Claim::HOLDS_IN_PART);
  EXPECT_EQ(claim.figure, "ntk_study");
  EXPECT_THAT(claim.evidence, HasSubstr("eval"));
}

}  // namespace
}  // namespace robbench
