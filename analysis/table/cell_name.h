// A cell as people read it.
#ifndef ANALYSIS_TABLE_CELL_NAME_H_
#define ANALYSIS_TABLE_CELL_NAME_H_

#include <string>

#include "absl/strings/str_cat.h"

namespace robbench {

// "2581 (323133)", of a CellIdentity or a CellKey.
template <typename T>
std::string CellName(const T& cell) {
  return absl::StrCat(cell.index(), " (", cell.code(), ")");
}

}  // namespace robbench

#endif  // ANALYSIS_TABLE_CELL_NAME_H_
