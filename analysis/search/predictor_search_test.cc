// Searches in the order of a predictor or from its best cells. That they find
// in the published table what independent programs do is search_golden_test's.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include "analysis/search/predictor_search_fixture.h"
#include "analysis/search/search.pb.h"
#include "analysis/search/search_run.h"
#include "analysis/table/benchmark_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nas/cell.h"
#include "nas/isomorphism.h"
#include "nas/official_index.h"
#include "nas/operation.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using PredictorSearchTest = PredictorSearchFixture;

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
}

}  // namespace
}  // namespace robbench
