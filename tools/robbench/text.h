// A table of text for a terminal: columns as wide as they must be, numbers to
// the right.
#ifndef TOOLS_ROBBENCH_TEXT_H_
#define TOOLS_ROBBENCH_TEXT_H_

#include <string>
#include <utility>
#include <vector>

namespace robbench {

class TextTable {
 public:
  struct Head {
    std::string label;
    bool is_number = true;
  };
  explicit TextTable(std::vector<Head> heads) : heads_(std::move(heads)) {}

  // As many texts as heads; UTF-8.
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  // Lines with a line feed each, without blanks at their ends.
  std::string Print() const;

 private:
  std::vector<Head> heads_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_TEXT_H_
