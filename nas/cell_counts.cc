#include "nas/cell_counts.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace robbench {

CellCounts CountCell(const Cell& cell) {
  CellCounts counts;
  std::array<int, kNumNodes> paths{1};
  // By node, the numbers of edges and of convolutions on its longest path from
  // the input. Of paths of equal length the one with the most convolutions
  // counts.
  std::array<std::pair<int, int>, kNumNodes> longest{};
  // Edges are sorted by target, so a source is finished before it is read.
  for (int edge = 0; edge < kNumEdges; ++edge) {
    const Operation operation = cell.operation(edge);
    ++counts.operations[static_cast<int>(operation)];
    const auto [source, target] = kEdges[edge];
    if (operation == Operation::kNone || paths[source] == 0) continue;
    paths[target] += paths[source];
    const auto [edges, convolutions] = longest[source];
    longest[target] =
        std::max(longest[target],
                 std::pair(edges + 1,
                           convolutions + (IsConvolution(operation) ? 1 : 0)));
  }
  counts.paths = paths[kNumNodes - 1];
  counts.longest_path = longest[kNumNodes - 1].first;
  counts.longest_path_convolutions = longest[kNumNodes - 1].second;
  return counts;
}

std::vector<std::pair<std::string, int>> NamedCounts(const Cell& cell) {
  const CellCounts counts = CountCell(cell);
  std::vector<std::pair<std::string, int>> named;
  for (int operation = 0; operation < kNumOperations; ++operation) {
    named.emplace_back(absl::StrCat("count_", kOperationNames[operation]),
                       counts.operations[operation]);
  }
  named.emplace_back("paths", counts.paths);
  named.emplace_back("longest_path", counts.longest_path);
  named.emplace_back("longest_path_convolutions",
                     counts.longest_path_convolutions);
  return named;
}

}  // namespace robbench
