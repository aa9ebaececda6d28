// bazel run //analysis/search:search_benchmark
// Measures how many queries a second each algorithm makes with a budget of 150,
// on a table of all classes with values from a hash; 10^6 is the least that is
// wanted. Only a query that the budget answers counts, and none that a search
// makes again.
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "analysis/search/search.pb.h"
#include "analysis/search/search_run.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "benchmark/benchmark.h"
#include "nas/base/philox.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/isomorphism.h"
#include "nas/operation.h"

namespace robbench {
namespace {

constexpr int kBudget = 150;

struct Fixture {
  Fixture() {
    Table proto;
    for (const int index : IsomorphismClasses::Get().representatives()) {
      *proto.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
    }
    const auto table = BenchmarkTable::Make("table", std::move(proto));
    space = *SearchSpace::Make("table", *table);
    PhiloxStream random(1, Purpose::kTest);
    for (int i = 0; i < space.num_rows(); ++i) {
      // More convolutions are better, with noise, so that there is a slope to
      // climb.
      int convolutions = 0;
      const Cell cell = *Cell::FromCode(table->cell(i).code());
      for (const Operation operation : cell.operations()) {
        convolutions += IsConvolution(operation);
      }
      values.push_back(convolutions + random.UniformDouble());
    }
  }
  static const Fixture& Get() {
    static const Fixture* const fixture = new Fixture;
    return *fixture;
  }
  SearchSpace space;
  std::vector<double> values;
};

template <typename Algorithm>
void Measure(benchmark::State& state, CellSource source,
             const Algorithm& algorithm) {
  const Fixture& fixture = Fixture::Get();
  SearchRun run(fixture.space, fixture.values, kBudget);
  int64_t queries = 0;
  uint32_t repeat = 0;
  for (auto _ : state) {
    PhiloxStream random(1, Purpose::kSearch, 0, repeat++);
    run.Restart();
    source.Restart();
    algorithm(source, run, random);
    queries += run.queries();
    benchmark::DoNotOptimize(run.best_rows().back());
  }
  state.SetItemsProcessed(queries);
}

// Orders cells by their number of convolutions: seven values, with many equals.
CellSource ByConvolutions() {
  const Fixture& fixture = Fixture::Get();
  std::vector<double> convolutions;
  for (const double value : fixture.values) {
    convolutions.push_back(std::floor(value));
  }
  return {fixture.space, convolutions, /*lowest_first=*/false};
}

void Evolve(CellSource& source, SearchRun& run, PhiloxStream& random) {
  RegularizedEvolution options;
  options.set_population(50);
  options.set_tournament(10);
  SearchByEvolution(options, source, run, random);
}

void BM_RandomSearch(benchmark::State& state) {
  Measure(state, CellSource(), TakeCells);
}
BENCHMARK(BM_RandomSearch);

void BM_LocalSearch(benchmark::State& state) {
  Measure(state, CellSource(), SearchLocally);
}
BENCHMARK(BM_LocalSearch);

void BM_RegularizedEvolution(benchmark::State& state) {
  Measure(state, CellSource(), Evolve);
}
BENCHMARK(BM_RegularizedEvolution);

void BM_PredictorOrder(benchmark::State& state) {
  Measure(state, ByConvolutions(), TakeCells);
}
BENCHMARK(BM_PredictorOrder);

void BM_LocalSearchFromPredictor(benchmark::State& state) {
  Measure(state, ByConvolutions(), SearchLocally);
}
BENCHMARK(BM_LocalSearchFromPredictor);

void BM_EvolutionFromPredictor(benchmark::State& state) {
  Measure(state, ByConvolutions(), Evolve);
}
BENCHMARK(BM_EvolutionFromPredictor);

}  // namespace
}  // namespace robbench
