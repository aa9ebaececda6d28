#include "analysis/statistics/noise_floor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "analysis/statistics/rank_statistics.h"
#include "analysis/table/table.pb.h"
#include "nas/cell.h"
#include "nas/network_identity.h"
#include "nas/operation.h"

namespace robbench {
namespace {

constexpr double kNormal975 = 1.959963984540054;
// The median size of the difference of two normal values of variance 1.
const double kMedianDifference = 0.6744897501960817 * std::sqrt(2.0);

}  // namespace

Twins FindTwins(const BenchmarkTable& table) {
  std::set<std::string> without_zeros, flattened;
  std::map<std::string, std::vector<int>> networks;
  for (int i = 0; i < table.num_cells(); ++i) {
    const Cell cell = *Cell::FromCode(table.cell(i).code());
    without_zeros.insert(StringWithoutZeros(cell));
    flattened.insert(FlattenedString(cell));
    networks[NetworkString(cell)].push_back(i);
  }
  Twins twins;
  twins.classes.set_rows(table.num_cells());
  twins.classes.set_without_zero_terms(without_zeros.size());
  twins.classes.set_flattened(flattened.size());
  twins.classes.set_networks(networks.size());
  for (auto& [name, members] : networks) {
    if (members.size() > 1) twins.groups.push_back(std::move(members));
  }
  return twins;
}

int UnnormalizedPaths(const Cell& cell) {
  std::array<int, kNumNodes> paths = {1};
  // Says which nodes depend on the image at all.
  std::array<bool, kNumNodes> sees = {true};
  for (int e = 0; e < kNumEdges; ++e) {
    const auto [source, target] = kEdges[e];
    const Operation operation = cell.operation(e);
    if (operation == Operation::kNone) continue;
    if (sees[source]) sees[target] = true;
    if (!IsConvolution(operation)) paths[target] += paths[source];
  }
  std::array<bool, kNumNodes> reaches = {};
  reaches[kNumNodes - 1] = true;
  for (int e = kNumEdges - 1; e >= 0; --e) {
    const auto [source, target] = kEdges[e];
    if (cell.operation(e) == Operation::kNone || !reaches[target]) continue;
    if (IsConvolution(cell.operation(e))) {
      if (sees[source]) return 0;
    } else {
      reaches[source] = true;
    }
  }
  return paths[kNumNodes - 1];
}

CellKind KindOf(const Cell& cell) {
  const int paths = UnnormalizedPaths(cell);
  return paths < 2 ? STEADY : paths == 2 ? DOUBLING : MULTIPLYING;
}

const char* KindName(CellKind kind) {
  switch (kind) {
    case STEADY:
      return "steady";
    case DOUBLING:
      return "doubling";
    case MULTIPLYING:
      return "multiplying";
  }
  return "";
}

MedianScatter MeasureMedianScatter(std::vector<double> sizes) {
  std::sort(sizes.begin(), sizes.end());
  // The number of differences below the true median is distributed as the
  // number of heads of so many coins.
  const double pairs = sizes.size();
  const double half = kNormal975 / 2 * std::sqrt(pairs);
  const auto at = [&](double rank) {
    return sizes[std::clamp(rank, 0.0, pairs - 1)] / kMedianDifference;
  };
  return {.standard_deviation = Quantile(sizes, 0.5) / kMedianDifference,
          .low = at(std::floor(pairs / 2 - half)),
          .high = at(std::ceil(pairs / 2 + half))};
}

std::optional<NoiseFloor> MeasureNoise(const Twins& twins, const Column& column,
                                       int best) {
  double squares = 0;
  int groups = 0, cells = 0;
  std::vector<double> differences;
  for (const std::vector<int>& group : twins.groups) {
    std::vector<double> values;
    for (const int cell : group) {
      if (std::isfinite(column.mean(cell))) values.push_back(column.mean(cell));
    }
    if (values.size() < 2) continue;
    double sum = 0;
    for (const double value : values) sum += value;
    for (const double value : values) {
      squares += std::pow(value - sum / values.size(), 2);
    }
    for (size_t i = 0; i + 1 < values.size(); i += 2) {
      differences.push_back(std::abs(values[i] - values[i + 1]));
    }
    ++groups;
    cells += values.size();
  }
  if (groups == 0) return std::nullopt;
  NoiseFloor noise;
  *noise.mutable_column() = column.key();
  noise.set_groups(groups);
  noise.set_cells(cells);
  noise.set_pooled_standard_deviation(std::sqrt(squares / (cells - groups)));
  const MedianScatter scatter = MeasureMedianScatter(std::move(differences));
  const double deviation = scatter.standard_deviation;
  noise.set_standard_deviation(deviation);
  noise.set_low(scatter.low);
  noise.set_high(scatter.high);
  const int seeds =
      column.has_mean_of() ? column.mean_of() : column.seeds_size();
  if (seeds > 1) noise.set_one_seed(deviation * std::sqrt(seeds));
  const double resolution = kNormal975 * std::sqrt(2.0) * deviation;
  noise.set_resolution(resolution);

  std::vector<double> highest;
  for (const double value : column.mean()) {
    if (std::isfinite(value)) highest.push_back(value);
  }
  std::sort(highest.begin(), highest.end(), std::greater<double>());
  noise.set_unresolved_from_first(std::count_if(
      highest.begin(), highest.end(),
      [&](double value) { return highest[0] - value <= resolution; }));
  best = std::min<int>(best, highest.size());
  int resolved = 0;
  for (int a = 0; a < best; ++a) {
    for (int b = a + 1; b < best; ++b) {
      resolved += highest[a] - highest[b] > resolution;
    }
  }
  noise.set_best(best);
  noise.set_pairs(best * (best - 1) / 2);
  noise.set_resolved_pairs(resolved);
  return noise;
}

}  // namespace robbench
