// Names a cell for people, in messages, figures and tables.
#ifndef ANALYSIS_TABLE_CELL_NAME_H_
#define ANALYSIS_TABLE_CELL_NAME_H_

#include <string>

#include "absl/strings/str_cat.h"

namespace robbench {

// Returns "2581 (323133)", the official index and the code. T is CellIdentity
// or CellKey.
template <typename T>
std::string CellName(const T& cell) {
  return absl::StrCat(cell.index(), " (", cell.code(), ")");
}

}  // namespace robbench

#endif  // ANALYSIS_TABLE_CELL_NAME_H_
