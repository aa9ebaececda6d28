#include "analysis/search/architecture_search.h"

#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/report/search_tables.h"
#include "analysis/search/search.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/cell_identity.h"
#include "nas/isomorphism.h"
#include "nas/network_identity.h"
#include "nas/operation.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// All classes. "depth" counts convolutions, the larger twice; "noise" is
// uniform in 0 ... 1; "cheap" is depth with noise on it. Depth has one maximum,
// 333333, and no other local one.
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
// the class: the highest of n has mean n / (n + 1).
TEST_F(ArchitectureSearchTest, RandomSearchFollowsOrderStatistics) {
  spec_.set_repeats(4000);
  const Search search = Run();
  const SearchResult& result = Find(search, "random", "noise");
  for (const int n : {1, 2, 10, 50, 150}) {
    const double mean = result.trajectory().mean(n - 1);
    // The table is one sample of 6,466 itself.
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
  // The same cells are worse by what was not searched for.
  EXPECT_LT(local.found(1).mean(),
            Find(search, "local", "noise").found(1).low());
}

// Of 1,000 random cells the 100 best by "cheap", and of these the best.
TEST_F(ArchitectureSearchTest, HalvingScreensCheaply) {
  const Search search = Run();
  const SearchResult& halving = Find(search, "halving", "depth");
  EXPECT_GT(halving.found(0).mean(),
            Find(search, "random", "depth").found(0).high());
  const auto& trajectory = halving.trajectory();
  EXPECT_EQ(trajectory.mean(99), halving.found(0).mean());
  EXPECT_EQ(trajectory.mean(149), halving.found(0).mean());
  // The first to be trained is the best by the screening metric.
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

// A search does not depend on the others that the spec holds.
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

// Values with normal noise, of means or of three seeds. `truth` by row.
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

  // Equal networks have equal truths: `scatter` about 0.5 from network to
  // network. A row's noise has the deviation kNoise, of several seeds each
  // one's.
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

// The mean of the highest of so many normal values, by SciPy's integral.
constexpr double kHighestOf150 = 2.6492467444766614;
constexpr double kHighestOf6466 = 3.742980939096372;

// All cells are equal: what a search finds is noise, and so is its regret.
// Added noise sees 1 / sqrt(2) of it, unseen seeds all.
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
  // One table has one highest cell, so this varies more.
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
  // Three highest cells, each with the noise of a mean of two seeds.
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

// Cells that differ, by ten noises from network to network: what was found less
// its truth is known, and the correction leaves little of it.
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

// A search by each seed alone: the value on the others is the truth of what
// these searches find, and what they report is too much.
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
  // Twins that never differ say nothing about noise.
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
  // One seed is not unseen.
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
