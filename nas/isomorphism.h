// Isomorphism classes of cells, as the authors define them: two cells are the
// same when their canonical strings are equal. That gives exactly 6,466
// classes, which are the rows of the published table.
//
// The canonical string of a node joins its incoming edges' terms, sorted, by
// "+". Node 0 is "0". The term of an edge is "#" when its operation is `none`
// or its source's string is "#"; the source's string for `skip_connect`;
// otherwise "(source)@operation". The cell's string is that of node 3.
//
// This is kept for compatibility. It is finer than graph isomorphism in
// places ("#+x" is not "x") and coarser in others (one convolution reused
// through skips equals two separate ones).
#ifndef NAS_ISOMORPHISM_H_
#define NAS_ISOMORPHISM_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "nas/cell.h"

namespace robbench {

// The canonical string of a cell, as defined above.
std::string CanonicalString(const Cell& cell);

// The classes of all 15,625 cells.
class IsomorphismClasses {
 public:
  // Computes the classes in a few milliseconds. Most callers want Get(), which
  // computes them once.
  IsomorphismClasses();
  static const IsomorphismClasses& Get();

  int size() const { return static_cast<int>(representatives_.size()); }

  // The smallest official index of each class, in ascending order.
  absl::Span<const int> representatives() const { return representatives_; }

  // The representative and all members of the class of the cell `index`, an
  // official index that is CHECKed to be 0 ... kNumCells - 1. Members are
  // ascending, so the representative comes first.
  int Representative(int index) const { return Members(index)[0]; }
  absl::Span<const int> Members(int index) const;

 private:
  std::vector<int> representatives_;  // by class
  std::vector<int> class_of_;         // by official index
  std::vector<int> members_;          // grouped by class
  std::vector<int> begin_;            // of class i in members_; size() + 1
};

}  // namespace robbench

#endif  // NAS_ISOMORPHISM_H_
