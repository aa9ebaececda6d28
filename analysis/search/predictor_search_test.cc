// Searches in the order of a predictor or from its best cells, and results at
// several budgets, on a table of all classes in which it is known what they
// find. That they find in the published table what independent programs do is
// search_golden_test's.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "analysis/search/architecture_search.h"
#include "analysis/search/search.pb.h"
#include "analysis/search/search_run.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/isomorphism.h"
#include "nas/official_index.h"
#include "nas/operation.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kRows = 6466;
constexpr int kTied = 40;

// Classes in an order that has nothing to do with their indices: a number of
// each, 0 ... kRows - 1, each once.
std::vector<int> Shuffled(uint32_t seed) {
  std::vector<int> order(kRows);
  std::iota(order.begin(), order.end(), 0);
  PhiloxStream random(seed, Purpose::kTest);
  for (int i = kRows; i-- > 1;) std::swap(order[i], order[random.Below(i + 1)]);
  return order;
}

// The criterion "height" is uniform in 0 ... 1 and different for all classes.
// Predictors: "distinct" tells all classes apart, "same" none, "tied" is 1 for
// kTied classes of one cell each and 0 for the others. "gappy" lacks two
// values; "far" is "distinct" with both infinities at its ends.
Table MakeTable() {
  Table table;
  Benchmark& benchmark = *table.add_benchmarks();
  benchmark.mutable_dataset()->set_name("set");
  benchmark.mutable_dataset()->set_classes(10);
  const auto add = [&](const char* name, Column::Kind kind) -> Column& {
    Column& column = *table.add_columns();
    column.mutable_key()->set_dataset("set");
    column.mutable_key()->set_metric(name);
    column.set_kind(kind);
    return column;
  };
  table.mutable_columns()->Reserve(6);
  Column& value = add("height", Column::ACCURACY);
  Column& distinct = add("distinct", Column::COST);
  Column& same = add("same", Column::COST);
  Column& tied = add("tied", Column::COST);
  Column& gappy = add("gappy", Column::COST);
  Column& far = add("far", Column::COST);
  const IsomorphismClasses& classes = IsomorphismClasses::Get();
  const std::vector<int> values = Shuffled(1), order = Shuffled(2);
  int ties = 0;
  for (int row = 0; row < kRows; ++row) {
    const int index = classes.representatives()[row];
    *table.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
    const bool is_tied =
        ties < kTied && row % 7 == 0 && classes.Members(index).size() == 1;
    ties += is_tied;
    value.add_mean(1.0 * values[row] / kRows);
    distinct.add_mean(order[row] - 100.0);
    same.add_mean(3);
    tied.add_mean(is_tied);
    gappy.add_mean(row == 5 || row == 6000
                       ? std::numeric_limits<double>::quiet_NaN()
                       : row);
    far.add_mean(order[row] == kRows - 1
                     ? std::numeric_limits<double>::infinity()
                 : order[row] == 0 ? -std::numeric_limits<double>::infinity()
                                   : order[row]);
  }
  EXPECT_EQ(ties, kTied);
  return table;
}

class PredictorSearchTest : public ::testing::Test {
 protected:
  PredictorSearchTest() : table_(MakeTable()) {
    spec_.set_seed(1);
    spec_.set_queries(150);
    spec_.set_repeats(200);
    spec_.add_criteria("height");
  }

  void Add(const std::string& text) {
    SearchAlgorithm& algorithm = *spec_.add_algorithms();
    ASSERT_TRUE(
        google::protobuf::TextFormat::ParseFromString(text, &algorithm));
  }

  Search Run(const SearchSpec& spec) {
    auto search = RunSearches("t.binpb", *BenchmarkTable::Make("t", table_),
                              "s.textproto", spec);
    EXPECT_TRUE(search.ok()) << search.status();
    return *std::move(search);
  }
  Search Run() { return Run(spec_); }

  std::string Refused(const std::function<void(SearchSpec&)>& change) {
    SearchSpec spec = spec_;
    change(spec);
    return std::string(RunSearches("t.binpb",
                                   *BenchmarkTable::Make("t", table_),
                                   "s.textproto", spec)
                           .status()
                           .message());
  }

  absl::Span<const double> Values(int column) const {
    return table_.columns(column).mean();
  }

  // The rows from the best by a predictor to the worst.
  std::vector<int> Ranked(int column, bool lowest_first) const {
    const auto values = Values(column);
    std::vector<int> rows(kRows);
    std::iota(rows.begin(), rows.end(), 0);
    std::sort(rows.begin(), rows.end(), [&](int a, int b) {
      return lowest_first ? values[a] < values[b] : values[a] > values[b];
    });
    return rows;
  }

  // The trajectory must be the best value so far of `rows`, in all repeats.
  void ExpectOrder(const std::vector<int>& rows, const SearchResult& result,
                   int queries = 150) {
    double best = 0;
    for (int i = 0; i < queries; ++i) {
      best = std::max(best, Values(0)[rows[i]]);
      EXPECT_NEAR(result.trajectory().mean(i), best, 1e-12) << i;
      EXPECT_EQ(result.trajectory().percentile_5(i), best) << i;
      EXPECT_EQ(result.trajectory().percentile_95(i), best) << i;
    }
  }

  Table table_;
  SearchSpec spec_;
};

TEST_F(PredictorSearchTest, CellsComeInTheOrderOfAPredictor) {
  Add(R"pb(name: "high"
           predictor { metric: "distinct" })pb");
  Add(R"pb(name: "low"
           predictor { metric: "distinct" lowest_first: true })pb");
  Add(R"pb(name: "far"
           predictor { metric: "far" })pb");
  Add(R"pb(name: "far and low"
           predictor { metric: "far" lowest_first: true })pb");
  Add(R"pb(name: "random"
           random {})pb");
  const Search search = Run();
  const std::vector<int> high = Ranked(1, /*lowest_first=*/false);
  const std::vector<int> low(high.rbegin(), high.rend());
  ExpectOrder(high, search.results(0));
  ExpectOrder(low, search.results(1));
  ExpectOrder(high, search.results(2));
  ExpectOrder(low, search.results(3));
  EXPECT_NE(search.results(4).trajectory().percentile_5(20),
            search.results(4).trajectory().percentile_95(20));
}

// Of N equal cells, n are drawn without replacement. The mean of the highest
// rank of these is n (N + 1) / (n + 1).
TEST_F(PredictorSearchTest, EqualCellsComeInRandomOrder) {
  std::vector<double> tied;
  for (int row = 0; row < kRows; ++row) {
    if (Values(3)[row] == 1) tied.push_back(Values(0)[row]);
  }
  std::sort(tied.begin(), tied.end());
  // Values that are equally spaced make the mean one of ranks.
  for (int row = 0; row < kRows; ++row) {
    double& value = (*table_.mutable_columns(0)->mutable_mean())[row];
    const auto found = std::lower_bound(tied.begin(), tied.end(), value);
    const int rank = found - tied.begin() + 1;
    value = Values(3)[row] == 1 ? rank / 100.0 : 0;
  }
  spec_.set_repeats(4000);
  Add(R"pb(name: "tied"
           predictor { metric: "tied" })pb");
  const Search search = Run();
  const Trajectory& trajectory = search.results(0).trajectory();
  for (const int n : {1, 2, 10, 39}) {
    const double mean = n * (kTied + 1.0) / (n + 1.0) / 100;
    const double half = (trajectory.high(n - 1) - trajectory.low(n - 1)) / 2;
    EXPECT_GT(half, 0);
    EXPECT_NEAR(trajectory.mean(n - 1), mean, 2 * half) << n;
  }
  EXPECT_EQ(trajectory.percentile_5(kTied - 1), kTied / 100.0);
  EXPECT_NEAR(trajectory.mean(kTied - 1), kTied / 100.0, 1e-12);
}

// A predictor that says nothing is no better and no worse than random search.
TEST_F(PredictorSearchTest, OneThatSaysNothingIsRandomSearch) {
  spec_.set_repeats(4000);
  Add(R"pb(name: "same"
           predictor { metric: "same" })pb");
  Add(R"pb(name: "random"
           random {})pb");
  const Search search = Run();
  const Trajectory& same = search.results(0).trajectory();
  const Trajectory& random = search.results(1).trajectory();
  for (const int n : {1, 2, 10, 50, 150}) {
    // An interval is 1.96 standard errors to each side.
    const double error = std::hypot(same.high(n - 1) - same.low(n - 1),
                                    random.high(n - 1) - random.low(n - 1)) /
                         (2 * 1.96);
    EXPECT_NEAR(same.mean(n - 1), random.mean(n - 1), 3.5 * error) << n;
  }
}

// Cells are drawn and not classes, as by random search.
TEST_F(PredictorSearchTest, EqualCellsAreAmongAll15625) {
  const SearchSpace space =
      *SearchSpace::Make("t", *BenchmarkTable::Make("t", table_));
  const IsomorphismClasses& classes = IsomorphismClasses::Get();
  int largest = 0;
  for (const int index : classes.representatives()) {
    if (classes.Members(index).size() > classes.Members(largest).size()) {
      largest = index;
    }
  }
  const double share = 1.0 * classes.Members(largest).size() / kNumCells;
  ASSERT_GT(share, .01);
  CellSource source(space, Values(2), /*lowest_first=*/false);
  SearchRun run(space, Values(0), 1);
  constexpr int kDraws = 4000;
  int found = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    PhiloxStream random(draw, Purpose::kTest);
    source.Restart();
    const Cell cell = Cell::FromPosition(source.Next(run, random));
    found += classes.Representative(cell.Index()) == largest;
  }
  EXPECT_NEAR(1.0 * found / kDraws, share,
              4 * std::sqrt(share * (1 - share) / kDraws));
}

TEST_F(PredictorSearchTest, ASourceGivesEveryClassOnceAndForgetsNothing) {
  const SearchSpace space =
      *SearchSpace::Make("t", *BenchmarkTable::Make("t", table_));
  CellSource source(space, Values(3), /*lowest_first=*/false);
  SearchRun run(space, Values(0), kRows);
  std::vector<int> first, again;
  for (std::vector<int>* cells : {&first, &again}) {
    PhiloxStream random(7, Purpose::kTest);
    run.Restart();
    source.Restart();
    std::set<int> rows;
    while (!run.spent()) {
      const int cell = source.Next(run, random);
      EXPECT_FALSE(run.Knows(cell));
      run.Query(cell);
      EXPECT_TRUE(run.Knows(cell));
      EXPECT_TRUE(rows.insert(space.row(cell)).second);
      cells->push_back(cell);
    }
    EXPECT_EQ(rows.size(), kRows);
  }
  // A search does not depend on the one before.
  EXPECT_EQ(first, again);
}

// The rows of a cell and of those that differ from it on one edge.
std::set<int> Neighbourhood(const SearchSpace& space, const Cell& cell) {
  std::set<int> rows = {space.row(cell.Position())};
  for (int edge = 0; edge < kNumEdges; ++edge) {
    for (int other = 0; other < kNumOperations; ++other) {
      std::array<Operation, kNumEdges> operations = cell.operations();
      operations[edge] = static_cast<Operation>(other);
      rows.insert(space.row(Cell(operations).Position()));
    }
  }
  return rows;
}

// Where no cell is better than another, local search asks for the start and its
// neighbours, and goes on with the best by the predictor that is left.
TEST_F(PredictorSearchTest, LocalSearchGoesOnWithTheNextBest) {
  const SearchSpace space =
      *SearchSpace::Make("t", *BenchmarkTable::Make("t", table_));
  // A class has one value and may have several cells. The predictor tells all
  // classes apart, and of those that come first has only classes of one cell.
  const IsomorphismClasses& classes = IsomorphismClasses::Get();
  std::vector<double> predictor(Values(1).begin(), Values(1).end());
  for (int row = 0; row < kRows; ++row) {
    if (classes.Members(classes.representatives()[row]).size() > 1) {
      predictor[row] -= kRows;
    }
  }
  std::vector<int> ranked(kRows);
  std::iota(ranked.begin(), ranked.end(), 0);
  std::sort(ranked.begin(), ranked.end(),
            [&](int a, int b) { return predictor[a] > predictor[b]; });
  // The next best cells are found by hand, until there were five starts. One
  // that is a neighbour of a start before is left out: the second best here.
  const auto cell_of = [&](int row) {
    return *Cell::FromIndex(classes.representatives()[row]);
  };
  const std::set<int> around_best = Neighbourhood(space, cell_of(ranked[0]));
  for (const int row : around_best) {
    if (row == ranked[0] ||
        classes.Members(classes.representatives()[row]).size() > 1) {
      continue;
    }
    // A neighbour becomes the second best.
    predictor[row] = predictor[ranked[0]] - .5;
    ranked.erase(std::find(ranked.begin(), ranked.end(), row));
    ranked.insert(ranked.begin() + 1, row);
    break;
  }
  ASSERT_TRUE(around_best.count(ranked[1]) > 0);
  std::set<int> asked;
  int starts = 0;
  for (const int row : ranked) {
    if (starts == 5) break;
    if (asked.count(row) > 0) continue;
    ++starts;
    const std::set<int> around = Neighbourhood(space, cell_of(row));
    asked.insert(around.begin(), around.end());
  }
  const std::vector<double> flat(kRows, .5);
  CellSource source(space, predictor, /*lowest_first=*/false);
  SearchRun run(space, flat, static_cast<int>(asked.size()));
  PhiloxStream random(5, Purpose::kTest);
  SearchLocally(source, run, random);
  EXPECT_TRUE(run.spent());
  for (int position = 0; position < kNumCells; ++position) {
    EXPECT_EQ(run.Knows(position), asked.count(space.row(position)) > 0)
        << position;
  }
}

// With the criterion itself as the predictor the first query finds the best.
// The population of evolution is the predictor's best; after that it differs.
TEST_F(PredictorSearchTest, SearchesStartWithTheBest) {
  Add(R"pb(name: "told"
           local { start { metric: "height" } })pb");
  Add(R"pb(name: "evolved"
           evolution {
             population: 30
             tournament: 10
             start { metric: "distinct" }
           })pb");
  Add(R"pb(name: "ordered"
           predictor { metric: "distinct" })pb");
  const Search search = Run();
  const SearchResult& told = search.results(0);
  EXPECT_EQ(told.found_highest(), 200);
  EXPECT_NEAR(told.trajectory().mean(0), told.highest(), 1e-12);
  ExpectOrder(Ranked(1, /*lowest_first=*/false), search.results(1), 30);
  EXPECT_NE(search.results(1).trajectory().percentile_5(149),
            search.results(1).trajectory().percentile_95(149));
}

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
  for (int row = 0; row < kRows; ++row) {
    double sum = 0;
    for (const Column::Seed& seed : value.seeds()) sum += seed.value(row);
    (*value.mutable_mean())[row] = sum / 3;
  }
}

// A predictor with noise of its own is seen with it: the criterion as the
// predictor finds, in one query, the cell that is highest where a search looks.
TEST_F(PredictorSearchTest, APredictorIsSeenAsTheSearchSeesIt) {
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
TEST_F(PredictorSearchTest, BudgetsAreSearchesOfSoManyQueries) {
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
TEST_F(PredictorSearchTest, HalvingHasFoundNothingBeforeItsBudget) {
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

TEST_F(PredictorSearchTest, RefusesBadSpecs) {
  Add(R"pb(name: "ordered"
           predictor { metric: "distinct" })pb");
  Add(R"pb(name: "local"
           local { start { metric: "distinct" } })pb");
  Add(R"pb(name: "evolution"
           evolution {
             population: 5
             tournament: 5
             start { metric: "distinct" }
           })pb");
  EXPECT_EQ(Refused([](SearchSpec&) {}), "");
  EXPECT_THAT(
      Refused([](SearchSpec& s) {
        s.mutable_algorithms(0)->mutable_predictor()->set_metric("gappy");
      }),
      HasSubstr("s.textproto: field algorithms[ordered].predictor.metric: "
                "expected a metric with a value of all 6466 cells, found gappy "
                "of set, without one of 2 cells"));
  EXPECT_THAT(
      Refused([](SearchSpec& s) {
        s.mutable_algorithms(1)->mutable_local()->mutable_start()->set_metric(
            "distnct");
      }),
      AllOf(HasSubstr("algorithms[local].local.start.metric"),
            HasSubstr("did you mean distinct?")));
  EXPECT_THAT(Refused([](SearchSpec& s) {
                s.mutable_algorithms(2)
                    ->mutable_evolution()
                    ->mutable_start()
                    ->set_metric("gappy");
              }),
              HasSubstr("algorithms[evolution].evolution.start.metric"));
  EXPECT_THAT(Refused([](SearchSpec& s) { s.set_criteria(0, "far"); }),
              HasSubstr("field criteria: expected a metric with a finite value "
                        "of all 6466 cells, found far of set, without one of "
                        "2 cells"));
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
