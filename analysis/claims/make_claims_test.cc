#include "analysis/claims/make_claims.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/claims/decide_claim.h"
#include "analysis/search/search.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "analysis/studies/reproduction/reproduction_criterion.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "ntk/ntk.pb.h"
#include "ntk/theory/theory.pb.h"
#include "training/records.pb.h"

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
class MakeClaimsTest : public testing::Test {
 protected:
  MakeClaimsTest() {
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

  // Of 10 best cells so many have a 3x3 convolution on each edge but 0→3, and
  // so many a skip there; the interval of the convolutions' share among all
  // edges.
  void SetOperations(int convolutions, int skips, double low, double high) {
    DatasetStatistics& dataset = *statistics_.mutable_datasets(0);
    dataset.clear_edges();
    dataset.clear_operations();
    int total = 0;
    for (const Edge& ends : kEdges) {
      EdgeOperations& edge = *dataset.add_edges();
      edge.set_source(ends.source);
      edge.set_target(ends.target);
      const bool skip = ends.source == 0 && ends.target == 3;
      const int conv = skip ? 10 - skips : convolutions;
      total += conv;
      for (const auto& [operation, best] :
           {std::pair("nor_conv_3x3", conv),
            std::pair("skip_connect", 10 - conv)}) {
        OperationCount& count = *edge.add_operations();
        count.set_operation(operation);
        count.set_best(best);
        count.set_all(500);
      }
    }
    for (const auto& [operation, best] :
         {std::pair("nor_conv_3x3", total),
          std::pair("skip_connect", 60 - total)}) {
      OperationCount& count = *dataset.add_operations();
      count.set_operation(operation);
      count.set_best(best);
      count.set_all(1500);
      if (low >= high) continue;
      count.set_best_share_low(low);
      count.set_best_share_high(high);
    }
  }

  Claims Make() {
    const auto table = BenchmarkTable::Make("t", table_);
    EXPECT_TRUE(table.ok()) << table.status();
    return MakeClaims(
        {.table = *table,
         .statistics = statistics_,
         .search = search_ ? &*search_ : nullptr,
         .ntk_study = ntk_study_ ? &*ntk_study_ : nullptr,
         .bound_study = bound_study_ ? &*bound_study_ : nullptr,
         .reproductions = reproductions_ ? &*reproductions_ : nullptr,
         .obfuscation = obfuscation_});
  }

  Claim Find(const std::string& id) {
    const Claims claims = Make();
    for (const Claim& claim : claims.claims()) {
      if (claim.id() == id) return claim;
    }
    ADD_FAILURE() << "no claim " << id;
    return {};
  }

  Table table_;
  Statistics statistics_;
  std::optional<Search> search_;
  std::optional<BoundStudyRecord> bound_study_;
  std::optional<NtkStudy> ntk_study_;
  std::optional<Reproductions> reproductions_;
  std::vector<EvaluationRecord> obfuscation_;
};

// 12.5 % on 1,000 images are within what their sampling does to 10 %; two seeds
// on the same images do not make them 2,000, of which it would be above.
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
  // 20 runs, of which one may fail.
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
              HasSubstr("cifar10: Spearman 0.79 [0.70, 0.88] between clean "
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
  // 7.08 points against sqrt(.4275 x .5725 / 10,000) = 0.495 points.
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

// Nothing is ranked where half of the cells are at chance or below.
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
              HasSubstr("cifar10: mean found in 150 queries under PGD-0, ε = "
                        "8/255: local search 48.10% [48.00, 48.20], "
                        "regularized evolution 47.70% [47.60, 47.80], random "
                        "search 46.90% [46.80, 47.00]."));
  // What noise adds is shown, and changes no verdict.
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
  SetOperations(5, 9, .5, .6);  // half of all edges too: no more than these
  EXPECT_EQ(Find(convolutions).verdict(), Claim::UNDECIDED);
  SetOperations(9, 9, 0, 0);  // no noise is known
  EXPECT_EQ(Find(convolutions).verdict(), Claim::UNDECIDED);
  SetOperations(5, 9, .7, .8);
  EXPECT_EQ(Find("best_cells_skip").verdict(), Claim::DOES_NOT_HOLD);
  EXPECT_THAT(Find("best_cells_skip").reason(),
              HasSubstr("9 of the 10 best cells"));
  // Ten of fewer than a hundred are no sample of the best.
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

void SetJoint(double low, double high, NtkOutcome outcome,
              NtkJointInterval& joint) {
  joint.set_low(low);
  joint.set_high(high);
  joint.set_outcome(outcome);
}

// Of two settings one says nothing: then a claim holds in part.
TEST_F(MakeClaimsTest, NtkClaimsFollowTheStudy) {
  EXPECT_EQ(Find("ntk_gain_grows").verdict(), Claim::NOT_TESTED);
  ntk_study_.emplace();
  ntk_study_->mutable_spec()->set_dataset("cifar10");
  ntk_study_->mutable_spec()->set_least_gain(.05);
  for (const char* name : {"calibrated", "eval"}) {
    NtkSettingStudy& setting = *ntk_study_->add_settings();
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
  EXPECT_EQ(Find("ntk_gain_grows").verdict(), Claim::HOLDS);
  EXPECT_EQ(Find("robust_ntk_predicts_better").verdict(), Claim::HOLDS);
  SetJoint(
      -.05, .25, OPEN,
      *ntk_study_->mutable_settings(1)->mutable_growths(0)->mutable_joint());
  EXPECT_EQ(Find("ntk_gain_grows").verdict(), Claim::HOLDS_IN_PART);
  NtkContrast& contrast =
      *ntk_study_->mutable_settings(0)->mutable_contrasts(0);
  SetJoint(-.3, -.1, AT_MOST_LITTLE_BETTER, *contrast.mutable_joint());
  const Claim claim = Find("robust_ntk_predicts_better");
  EXPECT_EQ(claim.verdict(), Claim::HOLDS_IN_PART);
  EXPECT_EQ(claim.figure(), "ntk_study");
  EXPECT_THAT(claim.reason(), HasSubstr("eval"));
}

// Networks under the suite gradient_obfuscation, with what each attack leaves
// of 100 images.
EvaluationRecord Evaluation(
    const std::vector<std::pair<std::string, int>>& left) {
  EvaluationRecord record;
  record.set_dataset("fashion_mnist");
  record.set_suite("gradient_obfuscation");
  for (const auto& [name, correct] : left) {
    AttackResult& attack = *record.add_attacks();
    attack.set_name(name);
    attack.set_correct(correct);
    attack.set_total(100);
    if (name.rfind("pgd_", 0) == 0) {
      attack.mutable_attack()->mutable_pgd()->set_epsilon(1);
    }
  }
  return record;
}

TEST_F(MakeClaimsTest, ObfuscatedGradients) {
  const std::string id = "gradients_are_not_obfuscated";
  EXPECT_EQ(Find(id).verdict(), Claim::NOT_TESTED);
  const std::vector<std::pair<std::string, int>> fine = {
      {"clean", 70}, {"fgsm_3", 51}, {"pgd_3", 50},  {"square_3", 55},
      {"pgd_8", 30}, {"pgd_64", 1},  {"pgd_255", 0},
  };
  // Alone a network without a path is nothing to attack; beside others it does
  // not count.
  const EvaluationRecord constant = Evaluation({{"clean", 10},
                                                {"fgsm_3", 10},
                                                {"pgd_3", 10},
                                                {"square_3", 10},
                                                {"pgd_8", 10},
                                                {"pgd_64", 10},
                                                {"pgd_255", 10}});
  obfuscation_ = {constant};
  EXPECT_EQ(Find(id).verdict(), Claim::NOT_TESTED);
  obfuscation_ = {Evaluation(fine), constant};
  const Claim claim = Find(id);
  EXPECT_EQ(claim.verdict(), Claim::HOLDS) << claim.reason();
  EXPECT_THAT(claim.reason(), HasSubstr("pgd_3 50.0% ± 9.8,"));
  EXPECT_THAT(claim.reason(), HasSubstr("1 network on fashion_mnist"));
  const struct {
    const char* attack;
    int left;
    Claim::Verdict verdict;
  } changes[] = {
      // 1.96 errors of a difference are 13.9 points near one half.
      {"square_3", 37, Claim::HOLDS},
      {"square_3", 36, Claim::DOES_NOT_HOLD},
      {"fgsm_3", 36, Claim::DOES_NOT_HOLD},
      {"pgd_8", 63, Claim::HOLDS},
      {"pgd_8", 64, Claim::DOES_NOT_HOLD},
      {"pgd_255", 1, Claim::HOLDS},
      {"pgd_255", 2, Claim::DOES_NOT_HOLD},
  };
  for (const auto& [attack, left, verdict] : changes) {
    auto changed = fine;
    for (auto& [name, correct] : changed) {
      if (name == attack) correct = left;
    }
    obfuscation_ = {Evaluation(changed)};
    EXPECT_EQ(Find(id).verdict(), verdict) << attack << " " << left;
  }
}

TEST(CheckObfuscation, RefusesWhatDoesNotBelong) {
  const EvaluationRecord first =
      Evaluation({{"clean", 70}, {"pgd_3", 50}, {"square_3", 55}});
  EXPECT_TRUE(CheckObfuscation("f", first, first).ok());
  const auto message = [&](auto change) {
    EvaluationRecord record = first;
    change(record);
    return std::string(CheckObfuscation("f", record, first).message());
  };
  EXPECT_THAT(message([](EvaluationRecord& r) { r.set_suite("paper"); }),
              HasSubstr("f: field suite"));
  EXPECT_THAT(message([](EvaluationRecord& r) { r.set_dataset("cifar10"); }),
              HasSubstr("f: field dataset"));
  EXPECT_THAT(message([](EvaluationRecord& r) {
                r.mutable_skeleton()->set_channels(99);
              }),
              HasSubstr("f: field skeleton"));
  EXPECT_THAT(message([](EvaluationRecord& r) { r.clear_attacks(); }),
              HasSubstr("f: field attacks"));
  EXPECT_THAT(
      message([](EvaluationRecord& r) { r.mutable_attacks()->RemoveLast(); }),
      HasSubstr("clean,pgd_3,square_3"));
  EXPECT_THAT(
      message([](EvaluationRecord& r) { r.mutable_attacks(1)->set_total(90); }),
      HasSubstr("f: field attacks.total"));
  EXPECT_THAT(message([](EvaluationRecord& r) {
                r.mutable_attacks(1)->set_correct(101);
              }),
              HasSubstr("correct 101"));
  EXPECT_EQ(message([](EvaluationRecord& r) {
              r.clear_attacks();
              r.set_failed("loss");
            }),
            "");
}

TEST_F(MakeClaimsTest, CorruptionsNameTheMissingFile) {
  const Claim claim = Find("robust_cells_withstand_corruptions");
  EXPECT_EQ(claim.verdict(), Claim::NOT_TESTED);
  EXPECT_THAT(claim.reason(), HasSubstr("CIFAR-10-C is missing"));
  EXPECT_THAT(claim.reason(), HasSubstr("labels.npy"));
}

// The claim says what the criterion says, from its own evidence.
TEST_F(MakeClaimsTest, ReproductionsFollowTheCriterion) {
  const std::string id = "published_rows_are_reproduced";
  EXPECT_EQ(Find(id).verdict(), Claim::NOT_TESTED);
  ReferenceRow row;
  row.set_dataset("cifar10");
  row.set_cell(2581);
  row.set_kind(STEADY);
  row.add_rows(2581);
  OurCell ours;
  ours.set_dataset("cifar10");
  *ours.mutable_cell() = MakeCellIdentity(*Cell::FromIndex(2581));
  for (const uint32_t seed : {0, 1}) {
    TrainingOutcome& outcome = *ours.add_trainings();
    outcome.set_seed(seed);
    outcome.set_escape_epoch(2);
    outcome.set_ended_on_plateau(false);
  }
  for (const char* metric : {"clean", "pgd_8"}) {
    ReferenceAccuracy& reference = *row.add_accuracies();
    reference.set_metric(metric);
    reference.add_means(.5);
    reference.set_seeds(3);
    reference.set_images(10000);
    reference.mutable_scatter()->set_one_seed(.003);
    reference.mutable_scatter()->set_degrees_of_freedom(100);
    reference.mutable_scatter()->set_failed_share(.01);
    OurAccuracy& accuracy = *ours.add_accuracies();
    accuracy.set_metric(metric);
    accuracy.set_images(10000);
    for (const uint32_t seed : {0, 1}) {
      OurAccuracy::Seed& value = *accuracy.add_seeds();
      value.set_seed(seed);
      value.set_value(.5 + .001 * seed);
    }
  }
  const auto judge = [&] {
    reproductions_.emplace();
    *reproductions_->mutable_rule() = PublishedRule();
    *reproductions_->add_cells() =
        JudgeReproduction(reproductions_->rule(), row, ours);
    return reproductions_->cells(0).verdict();
  };
  EXPECT_EQ(judge(), HOLDS);
  EXPECT_EQ(Find(id).verdict(), Claim::HOLDS);
  EXPECT_EQ(Find(id).parts(0).scope(), "cell 2581 (323133)");
  const OurCell whole = ours;
  for (auto& seed : *ours.mutable_accuracies(1)->mutable_seeds()) {
    seed.set_value(seed.value() + .02);
  }
  EXPECT_EQ(judge(), DIFFERS);
  EXPECT_EQ(Find(id).verdict(), Claim::DOES_NOT_HOLD);
  ours = whole;
  ours.mutable_accuracies(1)->mutable_seeds(0)->set_value(.4);
  EXPECT_EQ(judge(), UNDECIDED);
  EXPECT_EQ(Find(id).verdict(), Claim::UNDECIDED);
  ours = whole;
  ours.mutable_trainings(0)->set_ended_on_plateau(true);
  EXPECT_EQ(judge(), FAILED);
  EXPECT_EQ(Find(id).verdict(), Claim::DOES_NOT_HOLD);
  // A metric that is required and was not measured decides nothing.
  ours = whole;
  ours.mutable_accuracies()->RemoveLast();
  EXPECT_EQ(judge(), UNDECIDED);
  EXPECT_EQ(Find(id).verdict(), Claim::UNDECIDED);
}

// Whatever is there: the same claims in the same order, each with a rule, its
// limits and a reason, and the same bytes again.
TEST_F(MakeClaimsTest, AlwaysTheSameClaims) {
  const Claims claims = Make();
  EXPECT_EQ(claims.claims_size(), 15);
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
