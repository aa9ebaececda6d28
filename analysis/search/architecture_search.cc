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
constexpr int kMostRepeats = 100000;
constexpr int kMostPopulation = 100000;

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

Outcome RunOnce(const Task& task, SearchRun& run, PhiloxStream& random) {
  run.Restart();
  switch (task.algorithm.kind_case()) {
    case SearchAlgorithm::kLocal:
      SearchLocally(run, random);
      break;
    case SearchAlgorithm::kEvolution:
      SearchByEvolution(task.algorithm.evolution(), run, random);
      break;
    case SearchAlgorithm::kHalving:
      return Halve(task, random);
    default:
      SearchAtRandom(run, random);
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
  for (uint32_t query = 0; query < task.spec.queries(); ++query) {
    std::vector<double> values;
    for (const Outcome& outcome : outcomes) {
      const std::vector<int>& rows = outcome.best_rows;
      values.push_back(
          task.criterion[query < rows.size() ? rows[query] : outcome.found]);
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

absl::Status CheckHalving(const std::string& spec_path, const std::string& name,
                          const SuccessiveHalving& halving,
                          const SearchSpec& spec, int num_rows) {
  const auto refuse = [&](const char* field, const std::string& expected,
                          const std::string& found) {
    return FieldError(spec_path,
                      absl::StrCat("algorithms[", name, "].halving.", field),
                      expected, found);
  };
  if (halving.rounds().empty()) return refuse("rounds", "one or more", "none");
  uint32_t most = num_rows;
  int trained = 0;
  for (int i = 0; i < halving.rounds_size(); ++i) {
    const SuccessiveHalving::Round& round = halving.rounds(i);
    const bool last = i + 1 == halving.rounds_size();
    if (round.has_metric() == last) {
      return refuse("rounds.metric", "one in every round but the last",
                    absl::StrCat(last ? "one" : "none", " in round ", i + 1));
    }
    if (round.cells() < 1 || round.cells() > most) {
      return refuse("rounds.cells", absl::StrCat("1 ... ", most),
                    absl::StrCat(round.cells(), " in round ", i + 1));
    }
    most = round.cells();
    if (round.queries() > 1) {
      return refuse("rounds.queries", "0 or 1", absl::StrCat(round.queries()));
    }
    trained += round.queries();
    if (round.queries() == 1 && round.cells() > spec.queries()) {
      return refuse("rounds.cells",
                    absl::StrCat("at most ", spec.queries(), ", the budget"),
                    absl::StrCat(round.cells(), " in round ", i + 1));
    }
  }
  if (trained != 1) {
    return refuse("rounds.queries", "1 in one round", absl::StrCat(trained));
  }
  return absl::OkStatus();
}

absl::Status CheckSpec(const std::string& spec_path, const SearchSpec& spec,
                       int num_rows) {
  const auto range = [&](const std::string& field, uint32_t value, int most) {
    return value >= 1 && value <= static_cast<uint32_t>(most)
               ? absl::OkStatus()
               : FieldError(spec_path, field, absl::StrCat("1 ... ", most),
                            absl::StrCat(value));
  };
  ROBBENCH_RETURN_IF_ERROR(range("queries", spec.queries(), num_rows));
  ROBBENCH_RETURN_IF_ERROR(range("repeats", spec.repeats(), kMostRepeats));
  if (spec.criteria().empty()) {
    return FieldError(spec_path, "criteria", "one or more", "none");
  }
  if (spec.algorithms().empty()) {
    return FieldError(spec_path, "algorithms", "one or more", "none");
  }
  for (const SearchAlgorithm& algorithm : spec.algorithms()) {
    const std::string field =
        absl::StrCat("algorithms[", algorithm.name(), "]");
    switch (algorithm.kind_case()) {
      case SearchAlgorithm::kRandom:
      case SearchAlgorithm::kLocal:
        break;
      case SearchAlgorithm::kEvolution:
        ROBBENCH_RETURN_IF_ERROR(range(field + ".evolution.population",
                                       algorithm.evolution().population(),
                                       kMostPopulation));
        ROBBENCH_RETURN_IF_ERROR(range(field + ".evolution.tournament",
                                       algorithm.evolution().tournament(),
                                       kMostPopulation));
        break;
      case SearchAlgorithm::kHalving:
        ROBBENCH_RETURN_IF_ERROR(CheckHalving(
            spec_path, algorithm.name(), algorithm.halving(), spec, num_rows));
        break;
      default:
        return FieldError(spec_path, field,
                          "random, local, evolution or halving", "none");
    }
  }
  return absl::OkStatus();
}

// Returns a metric that has a value for every row.
absl::StatusOr<const Column*> WholeColumn(const BenchmarkTable& table,
                                          const std::string& dataset,
                                          const std::string& spec_path,
                                          const std::string& field,
                                          const std::string& metric) {
  const auto column = table.Get(dataset, metric);
  if (!column.ok()) {
    return absl::NotFoundError(absl::StrCat(spec_path, ": field ", field, ": ",
                                            column.status().message()));
  }
  for (const double value : (*column)->mean()) {
    if (!std::isfinite(value)) {
      return FieldError(spec_path, field, "a metric that every cell has",
                        metric);
    }
  }
  return *column;
}

// Holds the columns that an algorithm looks at.
struct Columns {
  const Column* criterion;
  std::vector<const Column*> rounds;  // by round of successive halving
};

absl::StatusOr<Columns> FindColumns(const BenchmarkTable& table,
                                    const std::string& dataset,
                                    const std::string& spec_path,
                                    const SearchAlgorithm& algorithm,
                                    const std::string& criterion) {
  Columns columns;
  ROBBENCH_ASSIGN_OR_RETURN(
      columns.criterion,
      WholeColumn(table, dataset, spec_path, "criteria", criterion));
  for (const auto& round : algorithm.halving().rounds()) {
    if (!round.has_metric()) {
      columns.rounds.push_back(columns.criterion);
      continue;
    }
    ROBBENCH_ASSIGN_OR_RETURN(
        columns.rounds.emplace_back(),
        WholeColumn(table, dataset, spec_path,
                    absl::StrCat("algorithms[", algorithm.name(),
                                 "].halving.rounds.metric"),
                    round.metric()));
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

// Repeats, for every algorithm, the searches of one data set and criterion with
// `unseen` held back and the same random numbers. `columns` is by algorithm.
std::vector<SelectionBias> MeasureSelectionBias(
    const SearchSpace& space, const SearchSpec& spec,
    const std::vector<Columns>& columns, int d, int c, UnseenValues& unseen) {
  std::vector<SelectionBias> biases(spec.algorithms_size());
  const Column& criterion = *columns[0].criterion;
  // These are means over the repeats of what is seen and of what is not, for
  // the highest cell and for the cell that each algorithm finds.
  const double share = 1.0 / spec.repeats();
  double highest_seen = 0, highest_unseen = 0;
  std::vector<double> found_seen(biases.size()), found_unseen(biases.size());
  for (uint32_t repeat = 0; repeat < spec.repeats(); ++repeat) {
    PhiloxStream noise = SearchStream(spec, kNoiseStream, repeat, d, c);
    unseen.Draw(repeat, noise);
    const std::vector<double> seen = unseen.Seen(criterion);
    const int highest =
        std::max_element(seen.begin(), seen.end()) - seen.begin();
    highest_seen += share * seen[highest];
    highest_unseen += share * unseen.Unseen(highest);
    for (int a = 0; a < spec.algorithms_size(); ++a) {
      Task task{space, spec, spec.algorithms(a), seen, {}};
      for (const Column* column : columns[a].rounds) {
        task.metrics.push_back(column == &criterion ? seen
                                                    : unseen.Seen(*column));
      }
      SearchRun run(space, task.criterion, spec.queries());
      PhiloxStream random = SearchStream(spec, a, repeat, d, c);
      const int found = RunOnce(task, run, random).found;
      found_seen[a] += share * seen[found];
      found_unseen[a] += share * unseen.Unseen(found);
    }
  }
  for (size_t a = 0; a < biases.size(); ++a) {
    SelectionBias& bias = biases[a];
    bias.set_source(unseen.source());
    bias.set_overrated(found_seen[a] - found_unseen[a]);
    bias.set_highest_overrated(highest_seen - highest_unseen);
    if (unseen.source() == SelectionBias::UNSEEN_SEEDS) {
      bias.set_seeds(unseen.seeds());
      bias.set_value(found_unseen[a]);
      bias.set_regret(highest_unseen - found_unseen[a]);
    } else {
      bias.set_noise(unseen.noise());
    }
  }
  return biases;
}

}  // namespace

absl::StatusOr<Search> RunSearches(const std::string& table_path,
                                   const BenchmarkTable& table,
                                   const std::string& spec_path,
                                   const SearchSpec& spec) {
  ROBBENCH_ASSIGN_OR_RETURN(const SearchSpace space,
                            SearchSpace::Make(table_path, table));
  ROBBENCH_RETURN_IF_ERROR(CheckSpec(spec_path, spec, space.num_rows()));
  const Twins twins = FindTwins(table);
  Search search;
  *search.mutable_spec() = spec;
  for (int d = 0; d < table.proto().benchmarks_size(); ++d) {
    const std::string& dataset = table.proto().benchmarks(d).dataset().name();
    std::vector<std::vector<Columns>> columns(spec.criteria_size());
    std::vector<std::vector<SelectionBias>> biases(spec.criteria_size());
    for (int c = 0; c < spec.criteria_size(); ++c) {
      for (const SearchAlgorithm& algorithm : spec.algorithms()) {
        ROBBENCH_ASSIGN_OR_RETURN(columns[c].emplace_back(),
                                  FindColumns(table, dataset, spec_path,
                                              algorithm, spec.criteria(c)));
      }
      auto unseen = UnseenValues::Make(table, twins, *columns[c][0].criterion);
      if (!unseen) continue;
      biases[c] = MeasureSelectionBias(space, spec, columns[c], d, c, *unseen);
    }
    for (int a = 0; a < spec.algorithms_size(); ++a) {
      const SearchAlgorithm& algorithm = spec.algorithms(a);
      for (int c = 0; c < spec.criteria_size(); ++c) {
        const Columns& looked_at = columns[c][a];
        Task task{space, spec, algorithm, Means(*looked_at.criterion), {}};
        for (const Column* column : looked_at.rounds) {
          task.metrics.push_back(Means(*column));
        }
        SearchRun run(space, task.criterion, spec.queries());
        std::vector<Outcome> outcomes;
        for (uint32_t repeat = 0; repeat < spec.repeats(); ++repeat) {
          PhiloxStream random = SearchStream(spec, a, repeat, d, c);
          outcomes.push_back(RunOnce(task, run, random));
        }

        SearchResult& result = *search.add_results();
        result.set_dataset(dataset);
        result.set_algorithm(algorithm.name());
        result.set_criterion(spec.criteria(c));
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
        result.set_regret(highest - *(result.trajectory().mean().end() - 1));
        result.set_found_highest(std::count_if(
            outcomes.begin(), outcomes.end(), [&](const Outcome& outcome) {
              return task.criterion[outcome.found] == highest;
            }));
        if (biases[c].empty()) continue;
        SelectionBias& bias = *result.mutable_selection();
        bias = std::move(biases[c][a]);
        if (bias.source() == SelectionBias::ADDED_NOISE) {
          const double found = *(result.trajectory().mean().end() - 1);
          bias.set_value(found - bias.overrated());
          bias.set_regret(highest - bias.highest_overrated() - bias.value());
        }
      }
    }
  }
  return search;
}

}  // namespace robbench
