// Counts what can be counted on a cell. These scores cost nothing and need
// neither weights nor images, so any other score has to be better than them.
#ifndef NAS_CELL_COUNTS_H_
#define NAS_CELL_COUNTS_H_

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "nas/cell.h"
#include "nas/operation.h"

namespace robbench {

// The counts.
struct CellCounts {
  std::array<int, kNumOperations> operations{};  // edges, by operation
  // From input to output over edges that are not `none`.
  int paths = 0;
  // Edges of the longest of them; 0 without a path.
  int longest_path = 0;
  // The most convolutions that a path of that length has.
  int longest_path_convolutions = 0;
};

// Counts exactly; 0 paths for a cell without a path.
CellCounts CountCell(const Cell& cell);

// Returns the counts of a cell with the names that they have in records and
// tables: "count_none" and so on by operation, "paths", "longest_path",
// "longest_path_convolutions". All cells have the same names in this order.
std::vector<std::pair<std::string, int>> NamedCounts(const Cell& cell);

}  // namespace robbench

#endif  // NAS_CELL_COUNTS_H_
