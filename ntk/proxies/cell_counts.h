// Counts what can be counted on a cell. These scores cost nothing and need
// neither weights nor images, so any other score has to be better than them.
#ifndef NTK_PROXIES_CELL_COUNTS_H_
#define NTK_PROXIES_CELL_COUNTS_H_

#include <array>

#include "nas/cell.h"
#include "nas/operation.h"

namespace robbench {

// The counts. A record has them as "count_none", ..., "paths" and so on.
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

}  // namespace robbench

#endif  // NTK_PROXIES_CELL_COUNTS_H_
