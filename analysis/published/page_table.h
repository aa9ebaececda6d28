// Reads tables as the paper's project page ships them: a JavaScript assignment
// `acc={...}` of a JSON object
//
//   ""       the names of the columns
//   "2581"   the values of a representative, by official index
//   "15620"  "55" (or 55): a pointer to the class's representative
//
// with every one of the 15,625 cells once.
#ifndef ANALYSIS_PUBLISHED_PAGE_TABLE_H_
#define ANALYSIS_PUBLISHED_PAGE_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

// What the values of a column must be like.
struct PageColumn {
  std::string name;
  // Every value is a whole number of such parts of 1, give or take
  // `rounding` parts.
  int parts;
  double rounding;
};

// What a file must be like.
struct PageFormat {
  std::vector<PageColumn> columns;
  // Pointers are numbers, not strings.
  bool numeric_pointers = false;
};

// The values of one class of cells.
struct PageRow {
  int index;                // of the representative
  std::vector<int> counts;  // by column: value x parts
};

// The largest file that is read. The published ones have 2.6 and 0.8 MB.
inline constexpr uint64_t kMaxPageBytes = 16 << 20;

// Reads the file's bytes strictly. Returns rows by ascending index, one for
// each class. InvalidArgument, naming `path`, the field (an id, or id[column]),
// expected and found, for: no `acc=` in front, JSON that does not parse,
// nesting, a key twice, an id that is no cell or missing, other columns than
// the format's, a value outside 0 ... 1 or not a whole count, a pointer to
// itself, to a pointer or to a cell that is not the representative of the class
// (nas/isomorphism.h), a row of a cell that is not a representative. Memory is
// bounded by the file's size.
absl::StatusOr<std::vector<PageRow>> ParsePageTable(const std::string& path,
                                                    absl::string_view bytes,
                                                    const PageFormat& format);

}  // namespace robbench

#endif  // ANALYSIS_PUBLISHED_PAGE_TABLE_H_
