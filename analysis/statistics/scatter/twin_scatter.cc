#include "analysis/statistics/scatter/twin_scatter.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "analysis/statistics/scatter/seed_scatter.h"
#include "analysis/table/table.pb.h"
#include "nas/cell.h"
#include "nas/operation.h"

namespace robbench {
namespace {

CellKind KindOfGroup(const BenchmarkTable& table,
                     const std::vector<int>& group) {
  return KindOf(*Cell::FromCode(table.cell(group[0]).code()));
}

std::map<CellKind, Twins> ByKind(const BenchmarkTable& table,
                                 const Twins& twins) {
  std::map<CellKind, Twins> kinds;
  for (const std::vector<int>& group : twins.groups) {
    kinds[KindOfGroup(table, group)].groups.push_back(group);
  }
  return kinds;
}

// Returns the kernel sizes of a cell's convolutions by edge. Dead ones count
// too, as they are made and drawn like the others.
std::string ConvolutionList(const Cell& cell) {
  std::string list;
  for (int edge = 0; edge < kNumEdges; ++edge) {
    if (!IsConvolution(cell.operation(edge))) continue;
    list += cell.operation(edge) == Operation::kConvolution3x3 ? '3' : '1';
  }
  return list;
}

void SetFloor(const std::vector<double>& differences, StreamNoise::Floor& out) {
  const MedianScatter scatter = MeasureMedianScatter(differences);
  out.set_pairs(differences.size());
  out.set_standard_deviation(scatter.standard_deviation);
  out.set_low(scatter.low);
  out.set_high(scatter.high);
}

}  // namespace

std::vector<TwinScatter> MeasureTwinScatter(const BenchmarkTable& table,
                                            const Twins& twins,
                                            const Column& column) {
  std::vector<TwinScatter> result;
  for (const auto& [kind, of_kind] : ByKind(table, twins)) {
    const auto noise = MeasureNoise(of_kind, column, /*best=*/0);
    if (!noise) continue;
    TwinScatter& out = result.emplace_back();
    *out.mutable_column() = column.key();
    out.set_kind(kind);
    out.set_groups(noise->groups());
    out.set_cells(noise->cells());
    out.set_pooled_standard_deviation(noise->pooled_standard_deviation());
    const auto mixture = FitScatterMixture(PairDifferences(of_kind, column));
    if (!mixture || !column.has_mean_of()) continue;
    out.set_one_seed(mixture->narrow * std::sqrt(column.mean_of()));
    out.set_degrees_of_freedom(mixture->narrow_pairs);
    out.set_broad_standard_deviation(mixture->broad);
    out.set_broad_share(mixture->broad_share);
    out.set_failed_share(FailedShare(mixture->broad_share, column.mean_of()));
  }
  return result;
}

std::optional<StreamNoise> CompareStreams(const BenchmarkTable& table,
                                          const Twins& twins,
                                          const Column& column) {
  std::vector<double> shared, independent;
  for (const std::vector<int>& group : twins.groups) {
    if (KindOfGroup(table, group) != STEADY) continue;
    std::map<std::string, std::vector<double>> lists;
    for (const int cell : group) {
      if (!std::isfinite(column.mean(cell))) continue;
      lists[ConvolutionList(*Cell::FromCode(table.cell(cell).code()))]
          .push_back(column.mean(cell));
    }
    std::vector<std::vector<double>> remaining;
    for (auto& [list, values] : lists) {
      for (size_t i = 0; i + 1 < values.size(); i += 2) {
        shared.push_back(std::abs(values[i] - values[i + 1]));
      }
      remaining.push_back(std::move(values));
    }
    // Each pair takes one of each of the two lists that have most left, until
    // one list is left. This makes as many pairs as possible.
    while (true) {
      std::stable_sort(
          remaining.begin(), remaining.end(),
          [](const auto& a, const auto& b) { return a.size() > b.size(); });
      if (remaining.size() < 2 || remaining[1].empty()) break;
      independent.push_back(
          std::abs(remaining[0].back() - remaining[1].back()));
      remaining[0].pop_back();
      remaining[1].pop_back();
    }
  }
  if (shared.empty() || independent.empty()) return std::nullopt;
  StreamNoise noise;
  *noise.mutable_column() = column.key();
  SetFloor(shared, *noise.mutable_shared());
  SetFloor(independent, *noise.mutable_independent());
  return noise;
}

std::vector<SuspectRow> FindSuspectRows(const BenchmarkTable& table,
                                        const Twins& twins,
                                        const Column& column) {
  std::map<CellKind, ScatterMixture> mixtures;
  for (const auto& [kind, of_kind] : ByKind(table, twins)) {
    if (const auto mixture =
            FitScatterMixture(PairDifferences(of_kind, column))) {
      mixtures[kind] = *mixture;
    }
  }
  std::vector<SuspectRow> rows;
  for (const std::vector<int>& group : twins.groups) {
    const CellKind kind = KindOfGroup(table, group);
    const auto mixture = mixtures.find(kind);
    if (mixture == mixtures.end()) continue;
    int best = -1;
    for (const int cell : group) {
      if (!std::isfinite(column.mean(cell))) continue;
      if (best < 0 || column.mean(cell) > column.mean(best)) best = cell;
    }
    for (const int cell : group) {
      if (best < 0 || !std::isfinite(column.mean(cell))) continue;
      const double deficit = column.mean(best) - column.mean(cell);
      if (deficit < kLeastDeficit) continue;
      const double suspicion = BroadProbability(mixture->second, deficit);
      if (suspicion < kLeastSuspicion) continue;
      SuspectRow& out = rows.emplace_back();
      *out.mutable_column() = column.key();
      out.set_kind(kind);
      *out.mutable_cell() = MakeCellKey(table.cell(cell));
      out.set_value(column.mean(cell));
      *out.mutable_twin() = MakeCellKey(table.cell(best));
      out.set_twin_value(column.mean(best));
      out.set_probability(suspicion);
    }
  }
  return rows;
}

}  // namespace robbench
