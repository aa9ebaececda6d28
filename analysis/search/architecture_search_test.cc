#include "analysis/search/architecture_search.h"

#include <cmath>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

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
#include "nas/operation.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// The table has all classes. "depth" counts convolutions, the larger ones
// twice; "noise" is uniform in 0 ... 1; "cheap" is depth with added noise.
// Depth has one local maximum, 333333.
Table MakeTable() {
  Table table;
  Benchmark& benchmark = *table.add_benchmarks();
  benchmark.mutable_dataset()->set_name("set");
  benchmark.mutable_dataset()->set_classes(10);
  Column depth, noise, cheap;
  PhiloxStream random(3, Purpose::kTest);
  for (const int index : IsomorphismClasses::Get().representatives()) {
    const Cell cell = *Cell::FromIndex(index);
    *table.add_cells() = MakeCellIdentity(cell);
    double value = 0;
    for (const Operation operation : cell.operations()) {
      value += operation == Operation::kConvolution3x3   ? 1
               : operation == Operation::kConvolution1x1 ? .5
                                                         : 0;
    }
    const double uniform = random.UniformDouble();
    depth.add_mean(value / 6);
    noise.add_mean(uniform);
    cheap.add_mean(value / 12 + uniform / 2);
  }
  const auto add = [&](const char* name, Column& column) {
    column.mutable_key()->set_dataset("set");
    column.mutable_key()->set_metric(name);
    column.set_kind(Column::ACCURACY);
    *table.add_columns() = column;
  };
  add("depth", depth);
  add("noise", noise);
  add("cheap", cheap);
  return table;
}

constexpr char kSpec[] = R"pb(
  seed: 1
  queries: 150
  repeats: 300
  criteria: "noise"
  criteria: "depth"
  algorithms {
    name: "evolution"
    evolution { population: 50 tournament: 10 }
  }
  algorithms {
    name: "random"
    random {}
  }
  algorithms {
    name: "local"
    local {}
  }
  algorithms {
    name: "halving"
    halving {
      rounds { metric: "cheap" cells: 1000 queries: 0 }
      rounds { cells: 100 queries: 1 }
    }
  }
)pb";

class ArchitectureSearchTest : public ::testing::Test {
 protected:
  ArchitectureSearchTest()
      : table_(*BenchmarkTable::Make("t.binpb", MakeTable())) {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kSpec, &spec_));
  }

  Search Run() const {
    auto search = RunSearches("t.binpb", table_, "s.textproto", spec_);
    EXPECT_TRUE(search.ok()) << search.status();
    return *std::move(search);
  }

  const SearchResult& Find(const Search& search, const char* algorithm,
                           const char* criterion) const {
    for (const SearchResult& result : search.results()) {
      if (result.algorithm() == algorithm && result.criterion() == criterion) {
        return result;
      }
    }
    ADD_FAILURE() << algorithm;
    return SearchResult::default_instance();
  }

  std::string Refused(const std::function<void(SearchSpec&)>& change) {
    SearchSpec spec = spec_;
    change(spec);
    return std::string(
        RunSearches("t.binpb", table_, "s.textproto", spec).status().message());
  }

  const BenchmarkTable table_;
  SearchSpec spec_;
};

// All queries are of distinct classes, and noise is uniform and independent of
// the class, so the highest of n has the mean n / (n + 1).
TEST_F(ArchitectureSearchTest, RandomSearchFollowsOrderStatistics) {
  spec_.set_repeats(4000);
  const Search search = Run();
  const SearchResult& result = Find(search, "random", "noise");
  for (const int n : {1, 2, 10, 50, 150}) {
    const double mean = result.trajectory().mean(n - 1);
    // The table itself is one sample of 6,466 values.
    EXPECT_NEAR(mean, n / (n + 1.0), .02) << n;
    EXPECT_NEAR(result.trajectory().percentile_5(n - 1), std::pow(.05, 1.0 / n),
                .03);
    const double deviation = std::sqrt(n / ((n + 1.0) * (n + 1.0) * (n + 2.0)));
    const double half = 1.96 * deviation / std::sqrt(4000);
    EXPECT_NEAR(result.trajectory().high(n - 1) - mean, half, .2 * half);
  }
}

TEST_F(ArchitectureSearchTest, SlopesAreClimbed) {
  const Search search = Run();
  ASSERT_EQ(search.results_size(), 8);
  const SearchResult& local = Find(search, "local", "depth");
  EXPECT_EQ(local.highest(), 1);
  EXPECT_EQ(local.found_highest(), 300);
  EXPECT_EQ(local.regret(), 0);
  const SearchResult& random = Find(search, "random", "depth");
  const SearchResult& evolution = Find(search, "evolution", "depth");
  EXPECT_GT(evolution.found(0).mean(), random.found(0).high());
  EXPECT_GT(local.found(0).mean(), evolution.found(0).mean());
  // By a metric that was not searched for, the same cells are worse.
  EXPECT_LT(local.found(1).mean(),
            Find(search, "local", "noise").found(1).low());
}

// Of 1,000 random cells, the 100 best by "cheap" are trained, and the best of
// these is found.
TEST_F(ArchitectureSearchTest, HalvingScreensCheaply) {
  const Search search = Run();
  const SearchResult& halving = Find(search, "halving", "depth");
  EXPECT_GT(halving.found(0).mean(),
            Find(search, "random", "depth").found(0).high());
  const auto& trajectory = halving.trajectory();
  EXPECT_EQ(trajectory.mean(99), halving.found(0).mean());
  EXPECT_EQ(trajectory.mean(149), halving.found(0).mean());
  // The first cell to be trained is the best by the screening metric.
  EXPECT_GT(trajectory.mean(0),
            Find(search, "random", "depth").trajectory().high(0));
}

TEST_F(ArchitectureSearchTest, TrajectoriesRiseToWhatIsFound) {
  const Search search = Run();
  for (const SearchResult& result : search.results()) {
    const Trajectory& trajectory = result.trajectory();
    ASSERT_EQ(trajectory.mean_size(), 150);
    for (int i = 0; i < 150; ++i) {
      if (i > 0) EXPECT_GE(trajectory.mean(i), trajectory.mean(i - 1));
      EXPECT_LE(trajectory.low(i), trajectory.mean(i));
      EXPECT_GE(trajectory.high(i), trajectory.mean(i));
      EXPECT_LE(trajectory.percentile_95(i), result.highest());
    }
    for (const FoundMetric& found : result.found()) {
      if (found.metric() != result.criterion()) continue;
      EXPECT_EQ(found.mean(), trajectory.mean(149));
      EXPECT_NEAR(result.regret(), result.highest() - found.mean(), 1e-15);
    }
  }
}

TEST_F(ArchitectureSearchTest, QueriesAreDistinctClasses) {
  const SearchSpace space = *SearchSpace::Make("t.binpb", table_);
  std::vector<double> values(table_.num_cells());
  for (size_t i = 0; i < values.size(); ++i) values[i] = i;
  SearchRun run(space, values, 3);
  const IsomorphismClasses& classes = IsomorphismClasses::Get();
  int index = 0;
  while (classes.Members(index).size() < 2) ++index;
  const int first = Cell::FromIndex(classes.Members(index)[0])->Position();
  const int second = Cell::FromIndex(classes.Members(index)[1])->Position();
  const double value = run.Query(first);
  EXPECT_EQ(run.Query(second), value);
  EXPECT_EQ(run.Query(first), value);
  EXPECT_EQ(run.queries(), 1);
  std::set<int> asked;
  for (int position = 0; position < 2000; ++position) {
    if (std::isfinite(run.Query(position))) asked.insert(space.row(position));
  }
  EXPECT_TRUE(run.spent());
  EXPECT_LE(asked.size(), 3);
  run.Restart();
  EXPECT_EQ(run.queries(), 0);
  EXPECT_EQ(run.Query(second), value);
  EXPECT_EQ(run.queries(), 1);
}

TEST_F(ArchitectureSearchTest, TheWholeSpaceCanBeSpent) {
  spec_.set_queries(6466);
  spec_.set_repeats(1);
  const Search search = Run();
  for (const char* algorithm : {"random", "local"}) {
    EXPECT_EQ(Find(search, algorithm, "noise").found_highest(), 1);
  }
}

// A search does not depend on the other searches in the spec.
TEST_F(ArchitectureSearchTest, SearchesAreIndependent) {
  const Search all = Run();
  EXPECT_EQ(all.SerializePartialAsString(), Run().SerializePartialAsString());
  spec_.mutable_criteria()->RemoveLast();
  spec_.mutable_algorithms()->RemoveLast();
  const Search fewer = Run();
  for (const SearchResult& result : fewer.results()) {
    EXPECT_EQ(
        result.SerializeAsString(),
        Find(all, result.algorithm().c_str(), "noise").SerializeAsString());
  }
  spec_.set_seed(2);
  EXPECT_NE(Find(Run(), "random", "noise").SerializeAsString(),
            Find(all, "random", "noise").SerializeAsString());
}

TEST_F(ArchitectureSearchTest, RefusesBadSpecs) {
  EXPECT_THAT(Refused([](SearchSpec& s) { s.set_queries(6467); }),
              HasSubstr("s.textproto: field queries: expected 1 ... 6466"));
  EXPECT_THAT(Refused([](SearchSpec& s) { s.set_repeats(0); }),
              HasSubstr("repeats"));
  EXPECT_THAT(Refused([](SearchSpec& s) { s.set_criteria(0, "noize"); }),
              AllOf(HasSubstr("criteria"), HasSubstr("did you mean noise?")));
  EXPECT_THAT(Refused([](SearchSpec& s) { s.clear_criteria(); }),
              HasSubstr("criteria"));
  EXPECT_THAT(Refused([](SearchSpec& s) { s.clear_algorithms(); }),
              HasSubstr("algorithms"));
  EXPECT_THAT(
      Refused([](SearchSpec& s) { s.mutable_algorithms(1)->clear_random(); }),
      HasSubstr("algorithms[random]: expected random, local"));
  EXPECT_THAT(Refused([](SearchSpec& s) {
                s.mutable_algorithms(0)->mutable_evolution()->set_tournament(0);
              }),
              HasSubstr("algorithms[evolution].evolution.tournament"));
  const auto halving = [](SearchSpec& s) {
    return s.mutable_algorithms(3)->mutable_halving();
  };
  EXPECT_THAT(
      Refused([&](SearchSpec& s) {
        halving(s)->mutable_rounds(1)->set_cells(1001);
      }),
      HasSubstr("rounds.cells: expected 1 ... 1000, found 1001 in round 2"));
  EXPECT_THAT(Refused([&](SearchSpec& s) {
                halving(s)->mutable_rounds(1)->set_cells(151);
              }),
              HasSubstr("at most 150, the budget"));
  EXPECT_THAT(Refused([&](SearchSpec& s) {
                halving(s)->mutable_rounds(1)->set_queries(0);
              }),
              HasSubstr("rounds.queries: expected 1 in one round"));
  EXPECT_THAT(Refused([&](SearchSpec& s) {
                halving(s)->mutable_rounds(1)->set_metric("depth");
              }),
              HasSubstr("rounds.metric"));
  EXPECT_THAT(Refused([&](SearchSpec& s) {
                halving(s)->mutable_rounds(0)->set_metric("chap");
              }),
              HasSubstr("did you mean cheap?"));
  EXPECT_THAT(Refused([&](SearchSpec& s) { halving(s)->clear_rounds(); }),
              HasSubstr("rounds: expected one or more"));
}

TEST_F(ArchitectureSearchTest, RefusesTablesWithoutAllClasses) {
  Table few = MakeTable();
  few.mutable_cells()->RemoveLast();
  for (Column& column : *few.mutable_columns()) {
    column.mutable_mean()->RemoveLast();
  }
  const auto table = BenchmarkTable::Make("t.binpb", few);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(
      std::string(
          RunSearches("t.binpb", *table, "s", spec_).status().message()),
      AllOf(HasSubstr("t.binpb: field cells: expected all 6466"),
            HasSubstr("found 6465")));
}

}  // namespace
}  // namespace robbench
