
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/claims/claims_fixture.h"
#include "analysis/claims/decide_claim.h"
#include "analysis/search/search.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "ntk/ntk.pb.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

// Sampling 1,000 images may turn 10 % into 12.5 %. Two seeds on the same images
// do not make them 2,000, of which 12.5 % would be too many.
TEST_F(MakeClaimsTest, SeedsAddNoTestImages) {
  const auto above = [&]() -> double {
    const Claims claims = Make();
    for (const Finding& finding : claims.findings()) {
      for (const Estimate& estimate : finding.evidence()) {
        if (estimate.id() == "above_chance") return estimate.value();
      }
    }
    ADD_FAILURE() << "no finding";
    return -1;
  };
  Benchmark& benchmark = *table_.add_benchmarks();
  benchmark.mutable_dataset()->set_name("cifar10");
  benchmark.mutable_dataset()->set_classes(10);
  Column& column = *table_.mutable_columns(3);
  ASSERT_EQ(column.key().metric(), "pgd_8");
  for (const uint32_t seed : {0u, 1u}) {
    Column::Seed& values = *column.add_seeds();
    values.set_seed(seed);
    values.add_value(0.4);
    values.add_value(0.5);
  }
  for (RankedCell& ranked :
       *statistics_.mutable_datasets(0)->mutable_ranking()) {
    ranked.set_value(0.125);
  }
  column.set_images(2000);
  EXPECT_EQ(above(), 100);
  column.set_images(1000);
  EXPECT_EQ(above(), 0);
}

TEST_F(MakeClaimsTest, BoundsAreDecidedByTheStudy) {
  EXPECT_EQ(Find("ntk_bounds_errors").verdict(), Claim::NOT_TESTED);
  // Of the 20 runs one may fail.
  bound_study_.emplace();
  bound_study_->set_dataset("fashion_mnist");
  bound_study_->mutable_spec()->set_delta(0.05);
  BoundStudyNetwork& network = *bound_study_->add_networks();
  for (int i = 0; i < 20; ++i) {
    network.add_runs()->set_clean_bound(0.75);
    network.mutable_runs(i)->set_robust_bound(0.75);
  }
  network.set_clean_holds(20);
  network.set_robust_holds(19);
  EXPECT_EQ(Find("ntk_bounds_errors").verdict(), Claim::HOLDS);
  network.mutable_runs(3)->set_clean_bound(1.5);
  EXPECT_EQ(Find("ntk_bounds_errors").verdict(), Claim::HOLDS_IN_PART);
  const Claim claim = Find("ntk_bounds_errors");
  EXPECT_THAT(claim.reason(),
              HasSubstr("of 20 trained networks the bound is above the clean "
                        "error of 20 and above the robust error of 19; it is "
                        "below 1, where it says something, for 19 and 20 "
                        "(lowest bound 0.75 clean and 0.75 robust"));
  EXPECT_EQ(claim.rule().bound_on_error().failing_share(), 0.05);
  network.set_robust_holds(18);
  EXPECT_EQ(Find("ntk_bounds_errors").verdict(), Claim::DOES_NOT_HOLD);
}

TEST_F(MakeClaimsTest, CoefficientsAreDecidedByTheirIntervals) {
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
    EXPECT_EQ(Find("clean_ranks_as_robust").verdict(), verdict) << low;
  }
  EXPECT_THAT(Find("clean_ranks_as_robust").reason(),
              HasSubstr("CIFAR-10: Spearman 0.79 [0.70, 0.88] between clean "
                        "and PGD 8"));
  EXPECT_EQ(Find("fgsm_ranks_as_pgd").verdict(), Claim::NOT_TESTED);
  EXPECT_EQ(Find("autoattack_ranks_as_pgd").verdict(), Claim::NOT_TESTED);
  EXPECT_EQ(Find("autoattack_ranks_as_pgd").reason(),
            "The table has no AutoAttack accuracy.");
}

TEST_F(MakeClaimsTest, DataSetsThatDisagreeMakeAPart) {
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
  EXPECT_EQ(Find("datasets_rank_alike").verdict(), Claim::HOLDS);
  Correlate(first, Key("imagenet16_120", "pgd_8"), 0.5, 0.6, 0.7);
  EXPECT_EQ(Find("datasets_rank_alike").verdict(), Claim::HOLDS_IN_PART);
}

TEST_F(MakeClaimsTest, SpreadAgainstNoise) {
  // The spread of 7.08 points is compared with sqrt(.4275 x .5725 / 10,000) =
  // 0.495 points.
  const Claim wide = Find("cells_differ");
  EXPECT_EQ(wide.verdict(), Claim::HOLDS);
  EXPECT_THAT(wide.reason(),
              HasSubstr("spans 37.6–44.7% under PGD-0, ε = 8/255, 14 times "
                        "the sampling of the test images"));
  SeedNoise& noise = *statistics_.add_seed_noises();
  *noise.mutable_column() = Key("cifar10", "pgd_8");
  noise.set_standard_deviation(0.02);
  EXPECT_EQ(Find("cells_differ").verdict(), Claim::DOES_NOT_HOLD);
}

TEST_F(MakeClaimsTest, NoiseBetweenEqualNetworks) {
  NoiseFloor& noise = *statistics_.add_noise_floors();
  *noise.mutable_column() = Key("cifar10", "pgd_8");
  noise.set_standard_deviation(0.00141);
  EXPECT_THAT(Find("cells_differ").reason(),
              HasSubstr("50 times the noise between equal networks"));
}

TEST_F(MakeClaimsTest, StandardTrainingRanksDifferently) {
  EXPECT_EQ(Find("standard_training_ranks_differently").verdict(),
            Claim::NOT_TESTED);
  Column& standard = AddAccuracy("standard_pgd");
  standard.clear_attack();
  standard.set_kind(Column::STANDARD_ACCURACY);
  const ColumnKey robust = Key("cifar10", "pgd_8");
  Correlate(standard.key(), robust, 0.2, 0.3, 0.4);
  EXPECT_EQ(Find("standard_training_ranks_differently").verdict(),
            Claim::HOLDS);
  statistics_.mutable_correlations(0)->set_spearman_high(0.95);
  EXPECT_EQ(Find("standard_training_ranks_differently").verdict(),
            Claim::UNDECIDED);
  statistics_.mutable_correlations(0)->set_spearman_low(0.9);
  EXPECT_EQ(Find("standard_training_ranks_differently").verdict(),
            Claim::DOES_NOT_HOLD);
}

// Where half of the cells are at chance or below, nothing is ranked.
TEST_F(MakeClaimsTest, StandardTrainingAtTheFloorDecidesNothing) {
  Column& standard = AddAccuracy("standard_pgd");
  standard.clear_attack();
  standard.set_kind(Column::STANDARD_ACCURACY);
  Correlate(standard.key(), Key("cifar10", "pgd_8"), 0.2, 0.3, 0.4);
  Distribution& box = *statistics_.add_distributions();
  *box.mutable_column() = standard.key();
  box.set_cells(6466);
  box.set_median(0.101);
  EXPECT_EQ(Find("standard_training_ranks_differently").verdict(),
            Claim::HOLDS);
  EXPECT_THAT(Find("standard_training_ranks_differently").not_covered(),
              HasSubstr("theirs is 1/255"));
  box.set_median(0.1);
  EXPECT_EQ(Find("standard_training_ranks_differently").verdict(),
            Claim::UNDECIDED);
  EXPECT_THAT(Find("standard_training_ranks_differently").reason(),
              HasSubstr("floor effect"));
}

TEST_F(MakeClaimsTest, SearchesAgainstRandomSearch) {
  EXPECT_EQ(Find("searches_beat_random").verdict(), Claim::NOT_TESTED);
  search_.emplace();
  search_->mutable_spec()->set_queries(150);
  for (const auto& [algorithm, mean] :
       {std::pair("local search", 0.481), std::pair("random search", 0.469),
        std::pair("regularized evolution", 0.477)}) {
    SearchResult& result = *search_->add_results();
    result.set_dataset("cifar10");
    result.set_algorithm(algorithm);
    result.set_criterion("pgd_8");
    FoundMetric& found = *result.add_found();
    found.set_metric("pgd_8");
    found.set_mean(mean);
    found.set_low(mean - 0.001);
    found.set_high(mean + 0.001);
  }
  const Claim claim = Find("searches_beat_random");
  EXPECT_EQ(claim.verdict(), Claim::HOLDS);
  EXPECT_THAT(claim.reason(),
              HasSubstr("CIFAR-10: mean found in 150 queries under PGD-0, ε = "
                        "8/255: local search 48.10% [48.00, 48.20], "
                        "regularized evolution 47.70% [47.60, 47.80], random "
                        "search 46.90% [46.80, 47.00]."));
  // The evidence shows what noise adds, which changes no verdict.
  EXPECT_EQ(claim.parts(0).evidence_size(), 3);
  SelectionBias& bias = *search_->mutable_results(0)->mutable_selection();
  bias.set_source(SelectionBias::ADDED_NOISE);
  bias.set_overrated(.002);
  bias.set_value(.479);
  const Claim corrected = Find("searches_beat_random");
  EXPECT_EQ(corrected.verdict(), Claim::HOLDS);
  const Estimate* overrated =
      FindEstimate(corrected.parts(0), "local search overrated");
  ASSERT_NE(overrated, nullptr);
  EXPECT_EQ(overrated->value(), .002);
  EXPECT_EQ(FindEstimate(corrected.parts(0), "local search corrected")->value(),
            .479);
  search_->mutable_results(1)->mutable_found(0)->set_high(0.479);
  EXPECT_EQ(Find("searches_beat_random").verdict(), Claim::UNDECIDED);
}

// Budgets that one of the two has no result for are left out, and so are
// searches that go by no predictor.
TEST_F(MakeClaimsTest, WhatFewTrainedCellsGive) {
  const auto table = BenchmarkTable::Make("t", table_);
  ASSERT_TRUE(table.ok()) << table.status();
  const auto finding = [&] {
    return SearchFindings({.table = *table,
                           .statistics = statistics_,
                           .search = search_ ? &*search_ : nullptr},
                          "cifar10");
  };
  EXPECT_TRUE(finding().empty());
  search_.emplace();
  SearchSpec& spec = *search_->mutable_spec();
  spec.set_repeats(2000);
  for (const int budget : {10, 25, 150}) spec.add_budgets(budget);
  const auto add = [&](const char* name, double mean, int budgets) {
    SearchAlgorithm& algorithm = *spec.add_algorithms();
    algorithm.set_name(name);
    SearchResult& result = *search_->add_results();
    result.set_dataset("cifar10");
    result.set_algorithm(name);
    result.set_criterion("pgd_8");
    for (int b = 0; b < budgets; ++b) {
      BudgetResult& budget = *result.add_budgets();
      budget.set_queries(spec.budgets(b));
      budget.set_mean(mean + .01 * b);
      budget.set_low(mean + .01 * b - .001);
      budget.set_high(mean + .01 * b + .001);
    }
    return &algorithm;
  };
  add("random search", .45, 2)->mutable_random();
  add("local search", .46, 3)->mutable_local();
  EXPECT_TRUE(finding().empty());
  add("by parameters", .47, 3)->mutable_predictor()->set_metric("parameters");
  const std::vector<Finding> found = finding();
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].dataset(), "cifar10");
  EXPECT_EQ(found[0].heading(), "What few trained cells give");
  EXPECT_EQ(found[0].text(),
            "The best cell found under PGD-0, ε = 8/255, mean of 2,000 repeats "
            "[95% interval]: with 10 trained cells by parameters 47.00% "
            "[46.90, 47.10], random search 45.00% [44.90, 45.10]; with 25 "
            "trained cells by parameters 48.00% [47.90, 48.10], random search "
            "46.00% [45.90, 46.10].");
  ASSERT_EQ(found[0].evidence_size(), 4);
  EXPECT_EQ(found[0].evidence(2).id(), "by parameters 25");
  EXPECT_EQ(found[0].evidence(2).value(), .48);
  EXPECT_EQ(found[0].evidence(3).id(), "random search 25");
  EXPECT_EQ(found[0].evidence(3).low(), .459);
  // Without random search there is nothing to compare with.
  spec.mutable_algorithms(0)->mutable_local();
  EXPECT_TRUE(finding().empty());
}

TEST_F(MakeClaimsTest, OperationsOfTheBestCells) {
  const std::string convolutions = "best_cells_are_convolutions";
  SetOperations(9, 10, .7, .8);
  EXPECT_EQ(Find(convolutions).verdict(), Claim::HOLDS);
  EXPECT_THAT(
      Find(convolutions).reason(),
      HasSubstr("75% [70, 80] of the edges of the 10 best cells, 50% of all"));
  EXPECT_EQ(Find("best_cells_skip").verdict(), Claim::HOLDS);
  SetOperations(5, 9, .4, .6);
  EXPECT_EQ(Find(convolutions).verdict(), Claim::UNDECIDED);
  SetOperations(5, 9, .4, .49);
  EXPECT_EQ(Find(convolutions).verdict(), Claim::DOES_NOT_HOLD);
  SetOperations(5, 9, .5, .6);  // half of all edges too
  EXPECT_EQ(Find(convolutions).verdict(), Claim::UNDECIDED);
  SetOperations(9, 9, 0, 0);  // no noise is known
  EXPECT_EQ(Find(convolutions).verdict(), Claim::UNDECIDED);
  SetOperations(5, 9, .7, .8);
  EXPECT_EQ(Find("best_cells_skip").verdict(), Claim::DOES_NOT_HOLD);
  EXPECT_THAT(Find("best_cells_skip").reason(),
              HasSubstr("9 of the 10 best cells"));
  // Ten cells of fewer than a hundred are no sample of the best.
  statistics_.mutable_datasets(0)->mutable_ranking()->RemoveLast();
  EXPECT_EQ(Find(convolutions).verdict(), Claim::UNDECIDED);
  EXPECT_EQ(Find("best_cells_skip").verdict(), Claim::UNDECIDED);
  EXPECT_THAT(Find("best_cells_skip").reason(), HasSubstr("(of only 99)"));
}

TEST_F(MakeClaimsTest, RobustNtkAgainstClean) {
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
  EXPECT_EQ(Find("robust_ntk_predicts_better").verdict(), Claim::NOT_TESTED);
  const ColumnKey metric = Key("cifar10", "pgd_8");
  Correlate(Key("cifar10", "ntk_clean"), metric, 0.2, 0.3, 0.4);
  Correlate(Key("cifar10", "ntk_robust"), metric, 0.5, 0.6, 0.7);
  EXPECT_EQ(Find("robust_ntk_predicts_better").verdict(), Claim::HOLDS);
  statistics_.mutable_correlations(1)->set_spearman_low(0.35);
  EXPECT_EQ(Find("robust_ntk_predicts_better").verdict(), Claim::UNDECIDED);
  statistics_.mutable_correlations(1)->set_spearman_high(0.1);
  EXPECT_EQ(Find("robust_ntk_predicts_better").verdict(), Claim::DOES_NOT_HOLD);
}

// Whatever inputs there are, the same claims come in the same order, each with
// a rule, its limits and a reason, and with the same bytes again.
TEST_F(MakeClaimsTest, AlwaysTheSameClaims) {
  const Claims claims = Make();
  EXPECT_EQ(claims.claims_size(), 17);
  std::set<std::string> ids;
  for (const Claim& claim : claims.claims()) {
    EXPECT_TRUE(ids.insert(claim.id()).second) << claim.id();
    EXPECT_FALSE(claim.statement().empty());
    EXPECT_FALSE(claim.source().empty());
    EXPECT_FALSE(claim.rule().words().empty()) << claim.id();
    EXPECT_FALSE(claim.not_covered().empty()) << claim.id();
    EXPECT_FALSE(claim.reason().empty()) << claim.id();
    EXPECT_TRUE(claim.IsInitialized()) << claim.InitializationErrorString();
  }
  EXPECT_EQ(SerializeRecord(Make().claims(0)),
            SerializeRecord(claims.claims(0)));
}

TEST(VerdictName, OfEach) {
  EXPECT_EQ(VerdictName(Claim::HOLDS_IN_PART), "holds in part");
  EXPECT_EQ(VerdictName(Claim::NOT_TESTED), "not tested");
}

}  // namespace
}  // namespace robbench
