// What can be counted on a cell: scores that cost nothing, against which others
// have to be held. Exact; no weights, no images, no LibTorch.
#ifndef NTK_PROXIES_CELL_COUNTS_H_
#define NTK_PROXIES_CELL_COUNTS_H_

#include <array>

#include "nas/cell.h"
#include "nas/operation.h"

namespace robbench {

struct CellCounts {
  std::array<int, kNumOperations> operations{};  // edges, by operation
  // From input to output over edges that are not `none`.
  int paths = 0;
  // Edges of the longest of them; 0 without a path.
  int longest_path = 0;
  // The most convolutions that a path of that length has.
  int longest_path_convolutions = 0;
};

CellCounts CountCell(const Cell& cell);

}  // namespace robbench

#endif  // NTK_PROXIES_CELL_COUNTS_H_
