// Compares the measured selection bias with order statistics, and with a truth
// that the test knows.
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/report/tables/search_tables.h"
#include "analysis/search/architecture_search.h"
#include "analysis/search/search.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/cell_identity.h"
#include "nas/isomorphism.h"
#include "nas/network_identity.h"

namespace robbench {
namespace {

// The table has values with normal noise, either means or three seeds. `truth`
// holds the values without noise, by row.
class SelectionBiasTest : public ::testing::Test {
 protected:
  static constexpr double kNoise = .004;
  static constexpr int kQueries = 150;

  SelectionBiasTest() {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        R"pb(
          seed: 1
          queries: 150
          repeats: 1500
          criteria: "seen"
          algorithms {
            name: "random"
            random {}
          }
          algorithms {
            name: "local"
            local {}
          }
        )pb",
        &spec_));
    for (const int index : IsomorphismClasses::Get().representatives()) {
      *table_.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
    }
    Benchmark& benchmark = *table_.add_benchmarks();
    benchmark.mutable_dataset()->set_name("set");
    benchmark.mutable_dataset()->set_classes(10);
    for (const char* metric : {"seen", "truth"}) {
      Column& column = *table_.add_columns();
      column.mutable_key()->set_dataset("set");
      column.mutable_key()->set_metric(metric);
      column.set_kind(Column::ACCURACY);
    }
  }

  static double Normal(PhiloxStream& random) {
    return std::sqrt(-2 * std::log(1 - random.UniformDouble())) *
           std::cos(2 * M_PI * random.UniformDouble());
  }

  // Equal networks have equal truths, which vary by `scatter` about 0.5 from
  // network to network. The noise of a row has the standard deviation kNoise,
  // and so has that of each seed where there are several.
  Table Draw(double scatter, int seeds, int draw) {
    Table table = table_;
    Column& seen = *table.mutable_columns(0);
    std::map<std::string, double> truths;
    PhiloxStream networks(draw, Purpose::kTest, 1);
    PhiloxStream noise(draw, Purpose::kTest, 2);
    for (int s = 0; s < seeds; ++s) seen.add_seeds()->set_seed(s);
    for (const CellIdentity& cell : table.cells()) {
      const double drawn = .5 + scatter * Normal(networks);
      const double truth =
          truths.try_emplace(NetworkString(*Cell::FromCode(cell.code())), drawn)
              .first->second;
      table.mutable_columns(1)->add_mean(truth);
      if (seeds == 0) {
        seen.add_mean(truth + kNoise * Normal(noise));
        continue;
      }
      double sum = 0;
      for (Column::Seed& seed : *seen.mutable_seeds()) {
        seed.add_value(truth + kNoise * Normal(noise));
        sum += seed.value(seed.value_size() - 1);
      }
      seen.add_mean(sum / seeds);
    }
    return table;
  }

  Search Run(Table table) {
    const auto made = BenchmarkTable::Make("t.binpb", std::move(table));
    EXPECT_TRUE(made.ok()) << made.status();
    auto search = RunSearches("t.binpb", *made, "s.textproto", spec_);
    EXPECT_TRUE(search.ok()) << search.status();
    return *std::move(search);
  }

  Table table_;
  SearchSpec spec_;
};

// The mean of the highest of so many normal values is by SciPy's integral.
constexpr double kHighestOf150 = 2.6492467444766614;
constexpr double kHighestOf6466 = 3.742980939096372;

// All cells are equal, so what a search finds is noise, and so is its regret.
// Noise that is added shows 1 / sqrt(2) of it, and unseen seeds show all of it.
TEST_F(SelectionBiasTest, OfEqualCellsByOrderStatistics) {
  const Search means = Run(Draw(/*scatter=*/0, /*seeds=*/0, 1));
  const SearchResult& result = means.results(0);
  const SelectionBias& added = result.selection();
  EXPECT_EQ(added.source(), SelectionBias::ADDED_NOISE);
  EXPECT_FALSE(added.has_seeds());
  EXPECT_NEAR(added.noise(), kNoise, .05 * kNoise);
  const double found = result.found(0).mean();
  EXPECT_NEAR(found - .5, kNoise * kHighestOf150, .1 * kNoise);
  EXPECT_NEAR(added.overrated(), added.noise() * kHighestOf150 / std::sqrt(2.0),
              .06 * kNoise);
  // This varies more, as one table has one highest cell.
  EXPECT_NEAR(added.highest_overrated(),
              added.noise() * kHighestOf6466 / std::sqrt(2.0), .4 * kNoise);
  EXPECT_EQ(added.value(), found - added.overrated());
  EXPECT_NEAR(added.regret(),
              result.highest() - added.highest_overrated() - added.value(),
              1e-12);
  EXPECT_LT(added.regret(), .5 * result.regret());

  const Search seeds = Run(Draw(/*scatter=*/0, /*seeds=*/3, 2));
  const SelectionBias& unseen = seeds.results(0).selection();
  EXPECT_EQ(unseen.source(), SelectionBias::UNSEEN_SEEDS);
  EXPECT_EQ(unseen.seeds(), 3);
  EXPECT_FALSE(unseen.has_noise());
  EXPECT_NEAR(unseen.overrated(), kNoise * kHighestOf150, .1 * kNoise);
  EXPECT_NEAR(unseen.value(), .5, .1 * kNoise);
  // There are three highest cells, each with the noise of a mean of two seeds.
  EXPECT_NEAR(unseen.regret(), 0, 3 * kNoise / std::sqrt(6.0));
}

TEST_F(SelectionBiasTest, TableHoldsTheNumbers) {
  spec_.set_repeats(20);
  const Search search = Run(Draw(kNoise, /*seeds=*/0, 1));
  const auto tables = SearchTables(search);
  ASSERT_EQ(tables.size(), 1);
  EXPECT_EQ(tables[0].name, "searches-set");
  ASSERT_EQ(tables[0].rows.size(), 2);
  const SearchResult& result = search.results(1);
  const SelectionBias& bias = result.selection();
  const auto& row = tables[0].rows[1];
  ASSERT_EQ(row.size(), tables[0].columns.size());
  EXPECT_EQ(row[0].text, "local");
  EXPECT_EQ(row[1].text, "seen");
  EXPECT_NEAR(row[2].number, 100 * result.found(0).mean(), 1e-10);
  EXPECT_EQ(row[3].number, 100 * result.regret());
  EXPECT_EQ(row[4].number, 5.0 * result.found_highest());
  EXPECT_EQ(row[5].text, "added noise");
  EXPECT_EQ(row[6].number, 100 * bias.noise());
  EXPECT_EQ(row[7].number, 100 * bias.overrated());
  EXPECT_EQ(row[8].number, 100 * bias.highest_overrated());
  EXPECT_EQ(row[9].number, 100 * bias.value());
  EXPECT_EQ(row[10].number, 100 * bias.regret());
}

TEST_F(SelectionBiasTest, TableOfBudgetsHoldsTheNumbers) {
  spec_.set_repeats(20);
  spec_.add_budgets(10);
  spec_.add_budgets(25);
  SearchAlgorithm& halving = *spec_.add_algorithms();
  halving.set_name("halving");
  auto& screened = *halving.mutable_halving()->add_rounds();
  screened.set_metric("truth");
  screened.set_cells(100);
  screened.set_queries(0);
  auto& trained = *halving.mutable_halving()->add_rounds();
  trained.set_cells(25);
  trained.set_queries(1);
  const Search search = Run(Draw(kNoise, /*seeds=*/0, 1));
  const auto tables = SearchTables(search);
  ASSERT_EQ(tables.size(), 2);
  EXPECT_EQ(tables[0].name, "searches-set");
  const ReportTable& table = tables[1];
  EXPECT_EQ(table.name, "search-budgets-set");
  ASSERT_EQ(table.columns.size(), 6);
  EXPECT_EQ(table.columns[2].label, "found, 10");
  EXPECT_EQ(table.columns[5].label, "regret, 25");
  ASSERT_EQ(table.rows.size(), 3);
  for (int r = 0; r < 3; ++r) {
    const SearchResult& result = search.results(r);
    const auto& row = table.rows[r];
    ASSERT_EQ(row.size(), 6);
    EXPECT_EQ(row[0].text, result.algorithm());
    EXPECT_EQ(row[1].text, "seen");
    const BudgetResult& last = *(result.budgets().end() - 1);
    EXPECT_EQ(row[4].number, 100 * last.mean());
    EXPECT_EQ(row[4].text,
              absl::StrFormat("%.2f [%.2f, %.2f]", 100 * last.mean(),
                              100 * last.low(), 100 * last.high()));
    EXPECT_EQ(row[5].number, 100 * last.selection().regret());
    if (result.algorithm() == "halving") {
      EXPECT_EQ(result.budgets_size(), 1);
      EXPECT_EQ(row[2].text, "–");
      EXPECT_EQ(row[3].text, "–");
    } else {
      EXPECT_EQ(row[2].number, 100 * result.budgets(0).mean());
      EXPECT_EQ(row[3].number, 100 * result.budgets(0).selection().regret());
    }
  }
}

// Cells differ by ten times the noise from network to network. How much a found
// value exceeds its truth is known, and the correction leaves little of that.
TEST_F(SelectionBiasTest, AddedNoiseIsWhatTheTruthSays) {
  constexpr int kDraws = 6;
  double bias[2] = {}, corrected[2] = {};
  for (int draw = 0; draw < kDraws; ++draw) {
    const Search search = Run(Draw(10 * kNoise, /*seeds=*/0, 10 + draw));
    for (int a = 0; a < 2; ++a) {
      const SearchResult& result = search.results(a);
      const double truth = result.found(1).mean();
      bias[a] += (result.found(0).mean() - truth) / kDraws;
      corrected[a] += (result.selection().value() - truth) / kDraws;
    }
  }
  for (int a = 0; a < 2; ++a) {
    EXPECT_GT(bias[a], .25 * kNoise) << a;
    EXPECT_NEAR(corrected[a], 0, .12 * kNoise) << a;
  }
}

// Searches use each seed alone. The value on the other seeds is the truth of
// what these searches find, and the excess of what they report.
TEST_F(SelectionBiasTest, UnseenSeedsAreWhatTheTruthSays) {
  constexpr int kDraws = 2, kSeeds = 3;
  double reported = 0, corrected = 0, overrated = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    const Table table = Draw(10 * kNoise, kSeeds, 20 + draw);
    const SelectionBias all = Run(table).results(0).selection();
    overrated += all.overrated() / kDraws;
    corrected += all.value() / kDraws;
    for (const Column::Seed& seed : table.columns(0).seeds()) {
      Table alone = table;
      *alone.mutable_columns(0)->mutable_mean() = seed.value();
      alone.mutable_columns(0)->clear_seeds();
      const Search search = Run(alone);
      const double truth = search.results(0).found(1).mean();
      reported +=
          (search.results(0).found(0).mean() - truth) / (kDraws * kSeeds);
      corrected -= truth / (kDraws * kSeeds);
    }
  }
  EXPECT_GT(reported, .25 * kNoise);
  EXPECT_NEAR(corrected, 0, .1 * kNoise);
  EXPECT_NEAR(overrated, reported, .1 * kNoise);
}

TEST_F(SelectionBiasTest, AbsentWithoutSeedsAndTwins) {
  // If twins never differ, they say nothing about noise.
  for (const CellIdentity& cell : table_.cells()) {
    const double value = NetworkString(*Cell::FromCode(cell.code())).size();
    table_.mutable_columns(0)->add_mean(value / 1000);
    table_.mutable_columns(1)->add_mean(.5);
  }
  const auto search =
      RunSearches("t.binpb", *BenchmarkTable::Make("t.binpb", table_),
                  "s.textproto", spec_);
  ASSERT_TRUE(search.ok()) << search.status();
  EXPECT_FALSE(search->results(0).has_selection());
  // With a single seed, none is unseen.
  Column::Seed& seed = *table_.mutable_columns(0)->add_seeds();
  seed.set_seed(0);
  for (const double value : table_.columns(0).mean()) seed.add_value(value);
  const auto one =
      RunSearches("t.binpb", *BenchmarkTable::Make("t.binpb", table_),
                  "s.textproto", spec_);
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_FALSE(one->results(0).has_selection());
}

}  // namespace
}  // namespace robbench
