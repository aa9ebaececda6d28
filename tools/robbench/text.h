// Prints a table as text: columns as wide as they must be, numbers to the
// right. On a terminal that is too narrow, the columns that have no room are
// printed in a further table below, behind the first columns, which name the
// lines.
#ifndef TOOLS_ROBBENCH_TEXT_H_
#define TOOLS_ROBBENCH_TEXT_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tools/robbench/format.h"

namespace robbench {

// Rows are added one by one, and printed at the end.
class TextTable {
 public:
  struct Head {
    std::string label;
    bool is_number = true;
  };
  // The first `keys` columns name a line.
  explicit TextTable(std::vector<Head> heads, size_t keys = 1)
      : heads_(std::move(heads)), keys_(keys) {}

  // Adds a row of as many texts as there are heads, in UTF-8.
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  // Returns lines that end in a line feed, without blanks at their ends. On a
  // terminal with colour the heads are bold.
  std::string Print(const Terminal& terminal) const;

 private:
  // Columns of each table, and their widths, that `width` has room for.
  std::vector<std::vector<size_t>> Blocks(const std::vector<size_t>& widths,
                                          size_t width) const;

  std::vector<Head> heads_;
  size_t keys_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_TEXT_H_
