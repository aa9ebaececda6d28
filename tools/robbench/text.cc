#include "tools/robbench/text.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace robbench {
namespace {

// Characters, not bytes.
size_t Width(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  });
}

}  // namespace

std::string TextTable::Print() const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < heads_.size(); ++i) {
    size_t width = Width(heads_[i].label);
    for (const auto& row : rows_) width = std::max(width, Width(row[i]));
    widths.push_back(width);
  }
  std::string out;
  const auto print = [&](const auto& text_of) {
    std::string line;
    for (size_t i = 0; i < heads_.size(); ++i) {
      const std::string& text = text_of(i);
      const std::string blanks(widths[i] - Width(text), ' ');
      absl::StrAppend(&line, i == 0 ? "" : "  ",
                      heads_[i].is_number ? blanks + text : text + blanks);
    }
    absl::StrAppend(&out, absl::StripTrailingAsciiWhitespace(line), "\n");
  };
  print([&](size_t i) -> const std::string& { return heads_[i].label; });
  for (const auto& row : rows_) {
    print([&](size_t i) -> const std::string& { return row[i]; });
  }
  return out;
}

}  // namespace robbench
