// Results of searches at several budgets, and what each overrates.
#include <cstdint>
#include <vector>

#include "analysis/search/predictor_search_fixture.h"
#include "analysis/search/search.pb.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

using SearchBudgetsTest = PredictorSearchFixture;

// Adds seeds to the criterion whose mean it is.
void AddSeeds(Table& table) {
  Column& value = *table.mutable_columns(0);
  for (int s = 0; s < 3; ++s) {
    Column::Seed& seed = *value.add_seeds();
    seed.set_seed(s);
    PhiloxStream random(s, Purpose::kTest, 9);
    for (const double mean : value.mean()) {
      seed.add_value(.5 * mean + .5 * random.UniformDouble());
    }
  }
  for (int row = 0; row < table.cells_size(); ++row) {
    double sum = 0;
    for (const Column::Seed& seed : value.seeds()) sum += seed.value(row);
    (*value.mutable_mean())[row] = sum / 3;
  }
}

// A predictor with noise of its own is seen with it: the criterion as the
// predictor finds, in one query, the cell that is highest where a search looks.
TEST_F(SearchBudgetsTest, APredictorIsSeenAsTheSearchSeesIt) {
  AddSeeds(table_);
  spec_.add_budgets(1);
  Add(R"pb(name: "told"
           predictor { metric: "height" })pb");
  const Search search = Run();
  const SelectionBias& bias = search.results(0).budgets(0).selection();
  EXPECT_EQ(bias.source(), SelectionBias::UNSEEN_SEEDS);
  EXPECT_GT(bias.overrated(), .1);
  EXPECT_NEAR(bias.overrated(), bias.highest_overrated(), 1e-12);
  EXPECT_NEAR(bias.regret(), 0, 1e-12);
}

constexpr const char* kAllButHalving[] = {
    R"pb(name: "random"
         random {})pb",
    R"pb(name: "local"
         local {})pb",
    R"pb(name: "evolution"
         evolution { population: 20 tournament: 5 })pb",
    R"pb(name: "ordered"
         predictor { metric: "tied" })pb",
    R"pb(name: "local from"
         local { start { metric: "tied" } })pb",
    R"pb(name: "evolution from"
         evolution {
           population: 20
           tournament: 5
           start { metric: "tied" lowest_first: true }
         })pb",
};

// The first queries of a search are a search of so many queries: a budget has
// the very numbers of a spec of its own, with noise added and with seeds.
TEST_F(SearchBudgetsTest, BudgetsAreSearchesOfSoManyQueries) {
  spec_.set_repeats(60);
  for (const char* algorithm : kAllButHalving) Add(algorithm);
  for (const bool seeds : {false, true}) {
    if (seeds) AddSeeds(table_);
    SearchSpec with_budgets = spec_;
    for (const int budget : {1, 10, 25, 150}) with_budgets.add_budgets(budget);
    const Search all = Run(with_budgets);
    ASSERT_EQ(all.results_size(), 6);
    for (int b = 0; b < 4; ++b) {
      SearchSpec alone = spec_;
      alone.set_queries(with_budgets.budgets(b));
      const Search search = Run(alone);
      for (int r = 0; r < all.results_size(); ++r) {
        const SearchResult& wanted = search.results(r);
        ASSERT_EQ(all.results(r).budgets_size(), 4);
        const BudgetResult& budget = all.results(r).budgets(b);
        EXPECT_EQ(budget.queries(), alone.queries());
        EXPECT_EQ(budget.mean(), wanted.found(0).mean());
        EXPECT_EQ(budget.low(), wanted.found(0).low());
        EXPECT_EQ(budget.high(), wanted.found(0).high());
        EXPECT_EQ(budget.regret(), wanted.regret());
        ASSERT_TRUE(wanted.has_selection());
        EXPECT_EQ(budget.selection().SerializeAsString(),
                  wanted.selection().SerializeAsString());
        EXPECT_EQ(
            wanted.selection().source(),
            seeds ? SelectionBias::UNSEEN_SEEDS : SelectionBias::ADDED_NOISE);
      }
    }
    // Nothing else depends on whether there are budgets.
    const Search without = Run();
    for (int r = 0; r < all.results_size(); ++r) {
      SearchResult rest = all.results(r);
      rest.clear_budgets();
      EXPECT_EQ(rest.SerializeAsString(),
                without.results(r).SerializeAsString());
    }
  }
}

// What halving has trained before its budget is spent was chosen for more.
TEST_F(SearchBudgetsTest, HalvingHasFoundNothingBeforeItsBudget) {
  for (const int budget : {10, 49, 50, 100}) spec_.add_budgets(budget);
  Add(R"pb(name: "halving"
           halving {
             rounds { metric: "distinct" cells: 200 queries: 0 }
             rounds { metric: "tied" cells: 50 queries: 1 }
             rounds { cells: 20 queries: 0 }
           })pb");
  const SearchResult result = Run().results(0);
  ASSERT_EQ(result.budgets_size(), 2);
  EXPECT_EQ(result.budgets(0).queries(), 50);
  EXPECT_EQ(result.budgets(1).queries(), 100);
  for (const BudgetResult& budget : result.budgets()) {
    EXPECT_EQ(budget.mean(), result.found(0).mean());
    EXPECT_EQ(budget.selection().SerializeAsString(),
              result.selection().SerializeAsString());
  }
}

TEST_F(SearchBudgetsTest, RefusesBudgetsThatDoNotAscend) {
  Add(R"pb(name: "ordered"
           predictor { metric: "distinct" })pb");
  for (const std::vector<uint32_t>& budgets :
       std::vector<std::vector<uint32_t>>{{0}, {10, 10}, {25, 10}, {10, 151}}) {
    EXPECT_THAT(Refused([&](SearchSpec& s) {
                  s.mutable_budgets()->Assign(budgets.begin(), budgets.end());
                }),
                HasSubstr("s.textproto: field budgets: expected numbers of "
                          "queries that ascend from 1 or more to 150"));
  }
}

}  // namespace
}  // namespace robbench
