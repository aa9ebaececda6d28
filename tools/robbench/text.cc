#include "tools/robbench/text.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace robbench {
namespace {

// Counts characters, not bytes.
size_t Width(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  });
}

}  // namespace

std::vector<std::vector<size_t>> TextTable::Blocks(
    const std::vector<size_t>& widths, size_t width) const {
  std::vector<size_t> keys;
  size_t keys_width = 0;
  for (size_t i = 0; i < std::min(keys_, widths.size()); ++i) {
    keys.push_back(i);
    keys_width += widths[i] + (i == 0 ? 0 : 2);
  }
  std::vector<std::vector<size_t>> blocks = {keys};
  size_t used = keys_width;
  for (size_t i = keys.size(); i < widths.size(); ++i) {
    // A column that is too wide alone is printed all the same.
    if (width > 0 && used + 2 + widths[i] > width &&
        blocks.back().size() > keys.size()) {
      blocks.push_back(keys);
      used = keys_width;
    }
    blocks.back().push_back(i);
    used += 2 + widths[i];
  }
  return blocks;
}

std::string TextTable::Print(const Terminal& terminal) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < heads_.size(); ++i) {
    size_t width = Width(heads_[i].label);
    for (const auto& row : rows_) width = std::max(width, Width(row[i]));
    widths.push_back(width);
  }
  std::string out;
  for (const std::vector<size_t>& block : Blocks(widths, terminal.width)) {
    const auto line = [&](const auto& text_of) {
      std::string line;
      for (const size_t i : block) {
        const std::string& text = text_of(i);
        const std::string blanks(widths[i] - Width(text), ' ');
        absl::StrAppend(&line, i == block[0] ? "" : "  ",
                        heads_[i].is_number ? blanks + text : text + blanks);
      }
      return std::string(absl::StripTrailingAsciiWhitespace(line));
    };
    absl::StrAppend(
        &out, out.empty() ? "" : "\n", terminal.colour ? "\033[1m" : "",
        line([&](size_t i) -> const std::string& { return heads_[i].label; }),
        terminal.colour ? "\033[0m\n" : "\n");
    for (const auto& row : rows_) {
      absl::StrAppend(
          &out, line([&](size_t i) -> const std::string& { return row[i]; }),
          "\n");
    }
  }
  return out;
}

}  // namespace robbench
