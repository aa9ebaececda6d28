// A cell: one operation on each of six edges between four nodes.
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

struct Edge {
  int source;
  int target;
};

inline constexpr std::array<Edge, kNumEdges> kEdges = {
    {{0, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 3}, {2, 3}}};

class Cell {
 public:
  // `none` on every edge.
  Cell() = default;
  explicit Cell(const std::array<Operation, kNumEdges>& operations)
      : operations_(operations) {}

  // InvalidArgument saying what was expected and found. FromIndex takes
  // 0 ... kNumCells - 1.
  static absl::StatusOr<Cell> FromCode(absl::string_view code);
  static absl::StatusOr<Cell> FromArchitecture(absl::string_view architecture);
  static absl::StatusOr<Cell> FromIndex(int index);

  // From the code read as a number in base 5: 0 ... kNumCells - 1 (CHECKed).
  static Cell FromPosition(int position);

  const std::array<Operation, kNumEdges>& operations() const {
    return operations_;
  }
  Operation operation(int edge) const { return operations_[edge]; }

  std::string Code() const;          // "323133"
  std::string Architecture() const;  // "|nor_conv_3x3~0|+|...|+|...|"
  int Index() const;                 // official index
  int Position() const;

  // By position.
  friend auto operator<=>(const Cell&, const Cell&) = default;

 private:
  std::array<Operation, kNumEdges> operations_{};
};

// Any of the three names above. InvalidArgument otherwise, also for text of
// more than 256 characters.
absl::StatusOr<Cell> ParseCell(absl::string_view text);

}  // namespace robbench

#endif  // NAS_CELL_H_
