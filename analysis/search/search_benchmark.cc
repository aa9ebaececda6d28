// bazel run //analysis/search:search_benchmark
// Measures how many queries a second each algorithm makes with a budget of 150,
// on a table of all classes with values from a hash; 10^6 is the least that is
// wanted. Only a query that the budget answers counts, and none that a search
// makes again.
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
void Measure(benchmark::State& state, const Algorithm& algorithm) {
  const Fixture& fixture = Fixture::Get();
  SearchRun run(fixture.space, fixture.values, kBudget);
  int64_t queries = 0;
  uint32_t repeat = 0;
  for (auto _ : state) {
    PhiloxStream random(1, Purpose::kSearch, 0, repeat++);
    run.Restart();
    algorithm(run, random);
    queries += run.queries();
    benchmark::DoNotOptimize(run.best_rows().back());
  }
  state.SetItemsProcessed(queries);
}

void BM_RandomSearch(benchmark::State& state) {
  Measure(state, SearchAtRandom);
}
BENCHMARK(BM_RandomSearch);

void BM_LocalSearch(benchmark::State& state) { Measure(state, SearchLocally); }
BENCHMARK(BM_LocalSearch);

void BM_RegularizedEvolution(benchmark::State& state) {
  RegularizedEvolution options;
  options.set_population(50);
  options.set_tournament(10);
  Measure(state, [&](SearchRun& run, PhiloxStream& random) {
    SearchByEvolution(options, run, random);
  });
}
BENCHMARK(BM_RegularizedEvolution);

}  // namespace
}  // namespace robbench
