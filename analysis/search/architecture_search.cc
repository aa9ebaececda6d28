#include "analysis/search/architecture_search.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/search/check_search_spec.h"
#include "analysis/search/search_run.h"
#include "analysis/search/unseen_values.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/statistics/rank_statistics.h"
#include "analysis/table/table.pb.h"
#include "nas/base/field_error.h"
#include "nas/base/philox.h"
#include "nas/base/status_macros.h"
#include "nas/official_index.h"

namespace robbench {
namespace {

constexpr double kNormal975 = 1.959963984540054;

// Describes the searches of one algorithm and criterion on one data set.
struct Task {
  const SearchSpace& space;
  const SearchSpec& spec;
  const SearchAlgorithm& algorithm;
  std::vector<double> criterion;  // by row
  // The metric of each round of successive halving.
  std::vector<std::vector<double>> metrics;
};

// Holds the best row after each query, and the row found in the end.
struct Outcome {
  std::vector<int> best_rows;
  int found;

  // The best row after so many queries, 1 or more.
  int After(uint32_t queries) const {
    return queries <= best_rows.size() ? best_rows[queries - 1] : found;
  }
};

Outcome Halve(const Task& task, PhiloxStream& random) {
  const auto& rounds = task.algorithm.halving().rounds();
  std::vector<int> cells;  // rows
  std::vector<bool> drawn(task.space.num_rows(), false);
  while (cells.size() < rounds[0].cells()) {
    const int row = task.space.row(random.Below(kNumCells));
    if (drawn[row]) continue;
    drawn[row] = true;
    cells.push_back(row);
  }
  Outcome outcome;
  for (int i = 0; i < rounds.size(); ++i) {
    cells.resize(rounds[i].cells());
    const std::vector<double>& metric = task.metrics[i];
    if (rounds[i].queries() == 1) {
      // While cells are trained further, the best is the one by this round's
      // metric.
      for (const int row : cells) {
        const bool better = outcome.best_rows.empty() ||
                            metric[row] > metric[outcome.best_rows.back()];
        outcome.best_rows.push_back(better ? row : outcome.best_rows.back());
      }
    }
    std::stable_sort(cells.begin(), cells.end(),
                     [&](int a, int b) { return metric[a] > metric[b]; });
  }
  outcome.found = cells[0];
  outcome.best_rows.back() = outcome.found;
  return outcome;
}

Outcome RunOnce(const Task& task, CellSource& source, SearchRun& run,
                PhiloxStream& random) {
  run.Restart();
  source.Restart();
  switch (task.algorithm.kind_case()) {
    case SearchAlgorithm::kLocal:
      SearchLocally(source, run, random);
      break;
    case SearchAlgorithm::kEvolution:
      SearchByEvolution(task.algorithm.evolution(), source, run, random);
      break;
    case SearchAlgorithm::kHalving:
      return Halve(task, random);
    default:
      TakeCells(source, run, random);
  }
  return {{run.best_rows().begin(), run.best_rows().end()},
          run.best_rows().back()};
}

struct Average {
  double mean, deviation, low, high;
};

Average AverageOf(const std::vector<double>& values) {
  const double n = values.size();
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double deviation = n > 1 ? std::sqrt(squares / (n - 1)) : 0;
  const double half = kNormal975 * deviation / std::sqrt(n);
  return {mean, deviation, mean - half, mean + half};
}

void SetTrajectory(const Task& task, const std::vector<Outcome>& outcomes,
                   Trajectory& trajectory) {
  for (uint32_t query = 1; query <= task.spec.queries(); ++query) {
    std::vector<double> values;
    for (const Outcome& outcome : outcomes) {
      values.push_back(task.criterion[outcome.After(query)]);
    }
    const Average average = AverageOf(values);
    trajectory.add_mean(average.mean);
    trajectory.add_low(average.low);
    trajectory.add_high(average.high);
    std::sort(values.begin(), values.end());
    trajectory.add_percentile_5(Quantile(values, 0.05));
    trajectory.add_percentile_95(Quantile(values, 0.95));
  }
}

// Returns a metric that has a value for every row: a finite number, or where
// values are only compared, any number.
absl::StatusOr<const Column*> WholeColumn(const BenchmarkTable& table,
                                          const std::string& dataset,
                                          const std::string& spec_path,
                                          const std::string& field,
                                          const std::string& metric,
                                          bool finite) {
  const auto column = table.Get(dataset, metric);
  if (!column.ok()) {
    return absl::NotFoundError(absl::StrCat(spec_path, ": field ", field, ": ",
                                            column.status().message()));
  }
  const auto& values = (*column)->mean();
  const int lacking =
      std::count_if(values.begin(), values.end(), [&](double value) {
        return finite ? !std::isfinite(value) : std::isnan(value);
      });
  if (lacking > 0) {
    return FieldError(spec_path, field,
                      absl::StrCat("a metric with a ", finite ? "finite " : "",
                                   "value of all ", values.size(), " cells"),
                      absl::StrCat((*column)->key().metric(), " of ", dataset,
                                   ", without one of ", lacking, " cells"));
  }
  return *column;
}

// Returns the order in which an algorithm takes cells from its source, and the
// field that it is in; null where that is at random.
std::pair<const PredictorOrder*, const char*> OrderOf(
    const SearchAlgorithm& algorithm) {
  if (algorithm.has_predictor()) return {&algorithm.predictor(), "predictor"};
  if (algorithm.local().has_start()) {
    return {&algorithm.local().start(), "local.start"};
  }
  if (algorithm.evolution().has_start()) {
    return {&algorithm.evolution().start(), "evolution.start"};
  }
  return {nullptr, ""};
}

// Returns the fewest queries after which an algorithm has found something.
uint32_t LeastBudget(const SearchAlgorithm& algorithm) {
  for (const auto& round : algorithm.halving().rounds()) {
    if (round.queries() == 1) return round.cells();
  }
  return 1;
}

// Holds the columns that an algorithm looks at.
struct Columns {
  const Column* criterion;
  std::vector<const Column*> rounds;  // by round of successive halving
  const Column* predictor = nullptr;  // see OrderOf
};

absl::StatusOr<Columns> FindColumns(const BenchmarkTable& table,
                                    const std::string& dataset,
                                    const std::string& spec_path,
                                    const SearchAlgorithm& algorithm,
                                    const std::string& criterion) {
  Columns columns;
  ROBBENCH_ASSIGN_OR_RETURN(columns.criterion,
                            WholeColumn(table, dataset, spec_path, "criteria",
                                        criterion, /*finite=*/true));
  const auto compared = [&](const std::string& field,
                            const std::string& metric) {
    return WholeColumn(
        table, dataset, spec_path,
        absl::StrCat("algorithms[", algorithm.name(), "].", field, ".metric"),
        metric, /*finite=*/false);
  };
  for (const auto& round : algorithm.halving().rounds()) {
    if (!round.has_metric()) {
      columns.rounds.push_back(columns.criterion);
      continue;
    }
    ROBBENCH_ASSIGN_OR_RETURN(columns.rounds.emplace_back(),
                              compared("halving.rounds", round.metric()));
  }
  if (const auto [order, field] = OrderOf(algorithm); order != nullptr) {
    ROBBENCH_ASSIGN_OR_RETURN(columns.predictor,
                              compared(field, order->metric()));
  }
  return columns;
}

std::vector<double> Means(const Column& column) {
  return {column.mean().begin(), column.mean().end()};
}

// Returns the stream that a repeat of a search draws from. `a`, `d` and `c` are
// the positions of algorithm, data set and criterion.
PhiloxStream SearchStream(const SearchSpec& spec, uint32_t a, uint32_t repeat,
                          int d, int c) {
  return PhiloxStream(spec.seed(), Purpose::kSearch, a, repeat, d << 16 | c);
}
// Stands for `a` in the stream of the noise that is added for all algorithms.
constexpr uint32_t kNoiseStream = 0xffffffff;

// Gives an algorithm its source of cells. One with a predictor is made anew
// only where its values change, which those without noise never do.
class SourceOfCells {
 public:
  SourceOfCells(const SearchSpace& space, const SearchAlgorithm& algorithm)
      : space_(space), order_(OrderOf(algorithm).first) {}

  // `values` has the predictor of each row, and is ignored without one.
  CellSource& Get(std::vector<double> values) {
    if (order_ != nullptr && values != values_) {
      values_ = std::move(values);
      source_ = CellSource(space_, values_, order_->lowest_first());
    }
    return source_;
  }

 private:
  const SearchSpace& space_;
  const PredictorOrder* const order_;
  std::vector<double> values_;
  CellSource source_;
};

// Repeats, for every algorithm, the searches of one data set and criterion with
// `unseen` held back and the same random numbers. `columns` is by algorithm.
// Returns the biases by algorithm, of each the one after each number of
// `queries`.
std::vector<std::vector<SelectionBias>> MeasureSelectionBias(
    const SearchSpace& space, const SearchSpec& spec,
    const std::vector<uint32_t>& queries, const std::vector<Columns>& columns,
    int d, int c, UnseenValues& unseen) {
  const size_t algorithms = spec.algorithms_size();
  const Column& criterion = *columns[0].criterion;
  std::vector<SourceOfCells> sources;
  for (const SearchAlgorithm& algorithm : spec.algorithms()) {
    sources.emplace_back(space, algorithm);
  }
  // These are means over the repeats of what is seen and of what is not, for
  // the highest cell and for the cell that each algorithm finds.
  const double share = 1.0 / spec.repeats();
  double highest_seen = 0, highest_unseen = 0;
  std::vector<std::vector<double>> found_seen(
      algorithms, std::vector<double>(queries.size()));
  std::vector<std::vector<double>> found_unseen = found_seen;
  for (uint32_t repeat = 0; repeat < spec.repeats(); ++repeat) {
    PhiloxStream noise = SearchStream(spec, kNoiseStream, repeat, d, c);
    unseen.Draw(repeat, noise);
    const std::vector<double> seen = unseen.Seen(criterion);
    const int highest =
        std::max_element(seen.begin(), seen.end()) - seen.begin();
    highest_seen += share * seen[highest];
    highest_unseen += share * unseen.Unseen(highest);
    const auto seen_of = [&](const Column* column) {
      return column == &criterion ? seen : unseen.Seen(*column);
    };
    for (size_t a = 0; a < algorithms; ++a) {
      Task task{space, spec, spec.algorithms(a), seen, {}};
      for (const Column* column : columns[a].rounds) {
        task.metrics.push_back(seen_of(column));
      }
      const Column* const predictor = columns[a].predictor;
      CellSource& source = sources[a].Get(
          predictor == nullptr ? std::vector<double>() : seen_of(predictor));
      SearchRun run(space, task.criterion, spec.queries());
      PhiloxStream random = SearchStream(spec, a, repeat, d, c);
      const Outcome outcome = RunOnce(task, source, run, random);
      for (size_t q = 0; q < queries.size(); ++q) {
        const int found = outcome.After(queries[q]);
        found_seen[a][q] += share * seen[found];
        found_unseen[a][q] += share * unseen.Unseen(found);
      }
    }
  }
  std::vector<std::vector<SelectionBias>> biases(algorithms);
  for (size_t a = 0; a < algorithms; ++a) {
    for (size_t q = 0; q < queries.size(); ++q) {
      SelectionBias& bias = biases[a].emplace_back();
      bias.set_source(unseen.source());
      bias.set_overrated(found_seen[a][q] - found_unseen[a][q]);
      bias.set_highest_overrated(highest_seen - highest_unseen);
      if (unseen.source() == SelectionBias::UNSEEN_SEEDS) {
        bias.set_seeds(unseen.seeds());
        bias.set_value(found_unseen[a][q]);
        bias.set_regret(highest_unseen - found_unseen[a][q]);
      } else {
        bias.set_noise(unseen.noise());
      }
    }
  }
  return biases;
}

// Completes a bias, whose corrected value and regret are, with added noise,
// those in the table less the bias.
SelectionBias Completed(SelectionBias bias, double highest, double found) {
  if (bias.source() == SelectionBias::ADDED_NOISE) {
    bias.set_value(found - bias.overrated());
    bias.set_regret(highest - bias.highest_overrated() - bias.value());
  }
  return bias;
}

// Sets all that is told of a search's outcomes. `biases` is by number of
// queries: those of the budgets and then the whole search's; or it is empty.
void SetResult(const BenchmarkTable& table, const std::string& dataset,
               const Task& task, const std::vector<Outcome>& outcomes,
               const std::vector<SelectionBias>& biases, SearchResult& result) {
  const double highest =
      *std::max_element(task.criterion.begin(), task.criterion.end());
  result.set_highest(highest);
  for (const Column* column : table.Columns(dataset, Column::ACCURACY)) {
    std::vector<double> values;
    for (const Outcome& outcome : outcomes) {
      values.push_back(column->mean(outcome.found));
    }
    const Average average = AverageOf(values);
    FoundMetric& found = *result.add_found();
    found.set_metric(column->key().metric());
    found.set_mean(average.mean);
    found.set_standard_deviation(average.deviation);
    found.set_low(average.low);
    found.set_high(average.high);
  }
  SetTrajectory(task, outcomes, *result.mutable_trajectory());
  const Trajectory& trajectory = result.trajectory();
  const double found = *(trajectory.mean().end() - 1);
  result.set_regret(highest - found);
  result.set_found_highest(std::count_if(
      outcomes.begin(), outcomes.end(), [&](const Outcome& outcome) {
        return task.criterion[outcome.found] == highest;
      }));
  if (!biases.empty()) {
    *result.mutable_selection() = Completed(biases.back(), highest, found);
  }
  for (int b = 0; b < task.spec.budgets_size(); ++b) {
    const uint32_t queries = task.spec.budgets(b);
    if (queries < LeastBudget(task.algorithm)) continue;
    BudgetResult& budget = *result.add_budgets();
    const double mean = trajectory.mean(queries - 1);
    budget.set_queries(queries);
    budget.set_mean(mean);
    budget.set_low(trajectory.low(queries - 1));
    budget.set_high(trajectory.high(queries - 1));
    budget.set_regret(highest - mean);
    if (!biases.empty()) {
      *budget.mutable_selection() = Completed(biases[b], highest, mean);
    }
  }
}

}  // namespace

absl::StatusOr<Search> RunSearches(const std::string& table_path,
                                   const BenchmarkTable& table,
                                   const std::string& spec_path,
                                   const SearchSpec& spec) {
  ROBBENCH_ASSIGN_OR_RETURN(const SearchSpace space,
                            SearchSpace::Make(table_path, table));
  ROBBENCH_RETURN_IF_ERROR(CheckSearchSpec(spec_path, spec, space.num_rows()));
  const Twins twins = FindTwins(table);
  std::vector<uint32_t> queries(spec.budgets().begin(), spec.budgets().end());
  queries.push_back(spec.queries());
  Search search;
  *search.mutable_spec() = spec;
  for (int d = 0; d < table.proto().benchmarks_size(); ++d) {
    const std::string& dataset = table.proto().benchmarks(d).dataset().name();
    std::vector<std::vector<Columns>> columns(spec.criteria_size());
    // By criterion, algorithm and number of queries.
    std::vector<std::vector<std::vector<SelectionBias>>> biases(
        spec.criteria_size());
    for (int c = 0; c < spec.criteria_size(); ++c) {
      for (const SearchAlgorithm& algorithm : spec.algorithms()) {
        ROBBENCH_ASSIGN_OR_RETURN(columns[c].emplace_back(),
                                  FindColumns(table, dataset, spec_path,
                                              algorithm, spec.criteria(c)));
      }
      auto unseen = UnseenValues::Make(table, twins, *columns[c][0].criterion);
      biases[c].resize(spec.algorithms_size());
      if (!unseen) continue;
      biases[c] =
          MeasureSelectionBias(space, spec, queries, columns[c], d, c, *unseen);
    }
    for (int a = 0; a < spec.algorithms_size(); ++a) {
      const SearchAlgorithm& algorithm = spec.algorithms(a);
      for (int c = 0; c < spec.criteria_size(); ++c) {
        const Columns& looked_at = columns[c][a];
        Task task{space, spec, algorithm, Means(*looked_at.criterion), {}};
        for (const Column* column : looked_at.rounds) {
          task.metrics.push_back(Means(*column));
        }
        SourceOfCells sources(space, algorithm);
        CellSource& source = sources.Get(looked_at.predictor == nullptr
                                             ? std::vector<double>()
                                             : Means(*looked_at.predictor));
        SearchRun run(space, task.criterion, spec.queries());
        std::vector<Outcome> outcomes;
        for (uint32_t repeat = 0; repeat < spec.repeats(); ++repeat) {
          PhiloxStream random = SearchStream(spec, a, repeat, d, c);
          outcomes.push_back(RunOnce(task, source, run, random));
        }
        SearchResult& result = *search.add_results();
        result.set_dataset(dataset);
        result.set_algorithm(algorithm.name());
        result.set_criterion(spec.criteria(c));
        SetResult(table, dataset, task, outcomes, biases[c][a], result);
      }
    }
  }
  return search;
}

}  // namespace robbench
