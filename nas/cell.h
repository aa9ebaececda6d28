// A cell, the part of a network that the search space varies: one operation on
// each of six edges between four nodes (Dong and Yang, "NAS-Bench-201", ICLR
// 2020).
//
// Node 0 is the input, node 3 the output; a node is the sum of its incoming
// edges. Edges in the order of architecture string and code:
//
//   edge    0     1     2     3     4     5
//           0→1   0→2   1→2   0→3   1→3   2→3
//
// Three ways to name a cell, which ParseCell tells apart:
//
//   architecture  "|nor_conv_3x3~0|+|nor_conv_1x1~0|...|"   holds a '|'
//   code          "323133"   six digits 0 ... 4, one per edge; "c323133" too
//   index         "2581"     official index, 0 ... 15624, no leading zero
#ifndef NAS_CELL_H_
#define NAS_CELL_H_

#include <array>
#include <compare>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nas/operation.h"

namespace robbench {

inline constexpr int kNumNodes = 4;
inline constexpr int kNumEdges = 6;

// An edge from node `source` to node `target`.
struct Edge {
  int source;
  int target;
};

// The edges in their order; those that lead to one node are adjacent.
inline constexpr std::array<Edge, kNumEdges> kEdges = {
    {{0, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 3}, {2, 3}}};

// A value type of six bytes. Every combination of operations is a cell, also
// one in which no path leads from the input to the output.
class Cell {
 public:
  // The cell with `none` on every edge.
  Cell() = default;
  explicit Cell(const std::array<Operation, kNumEdges>& operations)
      : operations_(operations) {}

  // The cell of a name of each kind. FromIndex takes 0 ... kNumCells - 1.
  // InvalidArgument, saying what was expected and found, for anything else.
  static absl::StatusOr<Cell> FromCode(absl::string_view code);
  static absl::StatusOr<Cell> FromArchitecture(absl::string_view architecture);
  static absl::StatusOr<Cell> FromIndex(int index);

  // The cell of a position, which is its code read as a number in base 5. The
  // position is CHECKed to be 0 ... kNumCells - 1.
  static Cell FromPosition(int position);

  const std::array<Operation, kNumEdges>& operations() const {
    return operations_;
  }
  Operation operation(int edge) const { return operations_[edge]; }

  std::string Code() const;          // "323133"
  std::string Architecture() const;  // "|nor_conv_3x3~0|+|...|+|...|"
  int Index() const;                 // official index, 0 ... kNumCells - 1
  int Position() const;              // see FromPosition

  // Cells are in the order of their positions.
  friend auto operator<=>(const Cell&, const Cell&) = default;

 private:
  std::array<Operation, kNumEdges> operations_{};
};

// Parses any of the three names above; blanks around it do not matter. Returns
// InvalidArgument for other text, and for text of more than 256 characters.
absl::StatusOr<Cell> ParseCell(absl::string_view text);

}  // namespace robbench

#endif  // NAS_CELL_H_
