#include "analysis/studies/predictor/statistics/predictor_coefficients.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "analysis/statistics/rank_statistics.h"
#include "analysis/studies/predictor/statistics/predictor_statistics.h"

namespace robbench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Ranks = std::vector<int64_t>;

double Rho(const Ranks& x, const Ranks& y) {
  return SpearmanOfRanks(x, y).value_or(kNaN);
}

std::vector<double> Take(const std::vector<double>& values,
                         const std::vector<int>& positions) {
  std::vector<double> taken;
  taken.reserve(positions.size());
  for (const int position : positions) taken.push_back(values[position]);
  return taken;
}

// Holds what every predictor is compared with on some cells; it is computed
// once for all predictors.
struct Frame {
  std::vector<int> cells;
  std::vector<Ranks> metrics;
  std::array<Ranks, 2> costs;
  double between;                                // of the two costs
  std::vector<std::array<double, 2>> with_cost;  // by metric
  // By metric: the best quarter, as positions in `cells`, and the ranks in it.
  std::vector<std::vector<int>> best;
  std::vector<Ranks> best_ranks;
};

Frame MakeFrame(const PredictorColumns& columns, std::vector<int> cells) {
  Frame frame;
  frame.costs = {DoubledRanks(Take(columns.parameters, cells)),
                 DoubledRanks(Take(columns.multiply_adds, cells))};
  frame.between = Rho(frame.costs[0], frame.costs[1]);
  for (const std::vector<double>& metric : columns.metrics) {
    const std::vector<double> values = Take(metric, cells);
    const Ranks& ranks = frame.metrics.emplace_back(DoubledRanks(values));
    frame.with_cost.push_back(
        {Rho(ranks, frame.costs[0]), Rho(ranks, frame.costs[1])});
    frame.best.push_back(BestQuarter(values));
    frame.best_ranks.push_back(DoubledRanks(Take(values, frame.best.back())));
  }
  frame.cells = std::move(cells);
  return frame;
}

PairCoefficients Compare(const Frame& frame, const std::vector<double>& values,
                         const Ranks& ranks,
                         const std::array<double, 2>& with_cost, size_t m,
                         bool has_partial) {
  PairCoefficients found;
  found.spearman = Rho(ranks, frame.metrics[m]);
  found.kendall = KendallTauBOfRanks(ranks, frame.metrics[m]).value_or(kNaN);
  found.partial = !has_partial ? kNaN
                               : PartialCorrelationGivenTwo(
                                     found.spearman, with_cost,
                                     frame.with_cost[m], frame.between)
                                     .value_or(kNaN);
  found.best_quarter =
      Rho(DoubledRanks(Take(values, frame.best[m])), frame.best_ranks[m]);
  found.gain = found.spearman - frame.with_cost[m][0];
  return found;
}

}  // namespace

std::vector<PairCoefficients> ComputeCoefficients(
    const PredictorColumns& columns, const std::vector<int>& cells) {
  const Frame all = MakeFrame(columns, cells);
  std::vector<PairCoefficients> coefficients;
  for (const PredictorValues& predictor : columns.predictors) {
    std::vector<int> present;
    for (const int cell : cells) {
      if (!std::isnan(predictor.values[0][cell])) present.push_back(cell);
    }
    std::optional<Frame> own;
    if (present.size() != cells.size()) {
      own = MakeFrame(columns, std::move(present));
    }
    const Frame& frame = own ? *own : all;
    std::vector<double> values;
    Ranks ranks;
    std::array<double, 2> with_cost = {kNaN, kNaN};
    for (size_t m = 0; m < columns.metrics.size(); ++m) {
      if (m < predictor.values.size()) {
        values = Take(predictor.values[m], frame.cells);
        ranks = DoubledRanks(values);
        with_cost = {Rho(ranks, frame.costs[0]), Rho(ranks, frame.costs[1])};
      }
      coefficients.push_back(
          Compare(frame, values, ranks, with_cost, m, predictor.has_partial));
    }
  }
  return coefficients;
}

}  // namespace robbench
