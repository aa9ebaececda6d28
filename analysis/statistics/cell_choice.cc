#include "analysis/statistics/cell_choice.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "analysis/table/benchmark_table.h"

namespace robbench {
namespace {

// Returns the cells that have both values.
std::vector<int> Cells(const Column& a, const Column& b) {
  std::vector<int> cells;
  for (int i = 0; i < a.mean_size(); ++i) {
    if (!std::isnan(a.mean(i)) && !std::isnan(b.mean(i))) cells.push_back(i);
  }
  return cells;
}

}  // namespace

CostFront MakeCostFront(const Table& table, const Column& accuracy,
                        const Column& cost) {
  CostFront front;
  *front.mutable_accuracy() = accuracy.key();
  *front.mutable_cost() = cost.key();
  std::vector<int> cells = Cells(accuracy, cost);
  std::stable_sort(cells.begin(), cells.end(), [&](int a, int b) {
    return cost.mean(a) < cost.mean(b) || (cost.mean(a) == cost.mean(b) &&
                                           accuracy.mean(a) > accuracy.mean(b));
  });
  double best = -INFINITY;
  for (const int cell : cells) {
    if (accuracy.mean(cell) <= best) continue;
    best = accuracy.mean(cell);
    CostFront::Cell& out = *front.add_cells();
    *out.mutable_cell() = MakeCellKey(table.cells(cell));
    out.set_cost(cost.mean(cell));
    out.set_accuracy(best);
  }
  return front;
}

ShortList MakeShortList(const Table& table, const Column& metric,
                        const Column& target,
                        absl::Span<const uint32_t> sizes) {
  ShortList list;
  *list.mutable_metric() = metric.key();
  *list.mutable_target() = target.key();
  const bool lowest_first = metric.score() == "condition_number";
  list.set_lowest_first(lowest_first);
  std::vector<int> by_metric = Cells(metric, target);
  std::vector<int> by_target = by_metric;
  std::stable_sort(by_metric.begin(), by_metric.end(), [&](int a, int b) {
    return lowest_first ? metric.mean(a) < metric.mean(b)
                        : metric.mean(a) > metric.mean(b);
  });
  std::stable_sort(by_target.begin(), by_target.end(), [&](int a, int b) {
    return target.mean(a) > target.mean(b);
  });
  std::vector<bool> wanted(metric.mean_size(), false);
  for (const uint32_t size : sizes) {
    if (size == 0 || size > by_metric.size()) continue;
    for (uint32_t i = 0; i < size; ++i) wanted[by_target[i]] = true;
    int hits = 0, best = by_metric[0];
    for (uint32_t i = 0; i < size; ++i) {
      hits += wanted[by_metric[i]];
      if (target.mean(by_metric[i]) > target.mean(best)) best = by_metric[i];
    }
    for (uint32_t i = 0; i < size; ++i) wanted[by_target[i]] = false;
    ShortList::Cut& cut = *list.add_cuts();
    cut.set_size(size);
    cut.set_hits(hits);
    cut.set_precision(static_cast<double>(hits) / size);
    cut.set_regret(target.mean(by_target[0]) - target.mean(best));
    *cut.mutable_best_cell() = MakeCellKey(table.cells(best));
  }
  return list;
}

}  // namespace robbench
