#include "nas/cell.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "glog/logging.h"
#include "nas/official_index.h"

namespace robbench {
namespace {

constexpr size_t kMaxTextLength = 256;

absl::Status Mismatch(absl::string_view expected, absl::string_view found) {
  return absl::InvalidArgumentError(
      absl::StrCat("cell: expected ", expected, ", found \"",
                   absl::CEscape(found.substr(0, kMaxTextLength)), "\"",
                   found.size() > kMaxTextLength
                       ? absl::StrCat(" and ", found.size() - kMaxTextLength,
                                      " more characters")
                       : ""));
}

bool AllDigits(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

}  // namespace

absl::StatusOr<Cell> Cell::FromCode(absl::string_view code) {
  if (code.size() != kNumEdges) return Mismatch("a code of six digits", code);
  std::array<Operation, kNumEdges> operations;
  for (int edge = 0; edge < kNumEdges; ++edge) {
    const int digit = code[edge] - '0';
    if (digit < 0 || digit >= kNumOperations) {
      return Mismatch(
          absl::StrCat("a digit 0 to 4 at place ", edge + 1, " of the code"),
          code);
    }
    operations[edge] = static_cast<Operation>(digit);
  }
  return Cell(operations);
}

absl::StatusOr<Cell> Cell::FromArchitecture(absl::string_view architecture) {
  if (architecture.size() > kMaxTextLength) {
    return Mismatch(absl::StrCat("at most ", kMaxTextLength, " characters"),
                    architecture);
  }
  std::array<Operation, kNumEdges> operations;
  absl::string_view rest = architecture;
  auto take = [&](absl::string_view token) {
    if (absl::ConsumePrefix(&rest, token)) return absl::OkStatus();
    return Mismatch(
        absl::StrCat("\"", token, "\" at character ",
                     architecture.size() - rest.size() + 1, " of the string"),
        architecture);
  };
  for (int edge = 0; edge < kNumEdges; ++edge) {
    // Node groups look like "|op~0|op~1|" and are joined by "+".
    if (kEdges[edge].source == 0) {
      if (edge > 0) {
        if (absl::Status s = take("+"); !s.ok()) return s;
      }
      if (absl::Status s = take("|"); !s.ok()) return s;
    }
    const absl::string_view name = rest.substr(0, rest.find_first_of("~|+"));
    const auto* found =
        std::find(kOperationNames.begin(), kOperationNames.end(), name);
    if (found == kOperationNames.end()) {
      return Mismatch(
          absl::StrCat("one of ", absl::StrJoin(kOperationNames, ", "),
                       " at character ", architecture.size() - rest.size() + 1,
                       " of the string"),
          architecture);
    }
    operations[edge] = static_cast<Operation>(found - kOperationNames.begin());
    rest.remove_prefix(name.size());
    if (absl::Status s = take(absl::StrCat("~", kEdges[edge].source, "|"));
        !s.ok()) {
      return s;
    }
  }
  if (!rest.empty()) {
    return Mismatch(absl::StrCat("the end after character ",
                                 architecture.size() - rest.size()),
                    architecture);
  }
  return Cell(operations);
}

absl::StatusOr<Cell> Cell::FromIndex(int index) {
  if (index < 0 || index >= kNumCells) {
    return Mismatch(absl::StrCat("an index 0 to ", kNumCells - 1),
                    absl::StrCat(index));
  }
  return FromPosition(PositionOfOfficialIndex(index));
}

Cell Cell::FromPosition(int position) {
  CHECK(position >= 0 && position < kNumCells) << position;
  std::array<Operation, kNumEdges> operations;
  for (int edge = kNumEdges - 1; edge >= 0; --edge) {
    operations[edge] = static_cast<Operation>(position % kNumOperations);
    position /= kNumOperations;
  }
  return Cell(operations);
}

std::string Cell::Code() const {
  std::string code;
  for (const Operation operation : operations_) {
    code += static_cast<char>('0' + static_cast<int>(operation));
  }
  return code;
}

std::string Cell::Architecture() const {
  std::string text;
  for (int edge = 0; edge < kNumEdges; ++edge) {
    if (kEdges[edge].source == 0) text += edge == 0 ? "|" : "+|";
    absl::StrAppend(&text, OperationName(operations_[edge]), "~",
                    kEdges[edge].source, "|");
  }
  return text;
}

int Cell::Position() const {
  int position = 0;
  for (const Operation operation : operations_) {
    position = position * kNumOperations + static_cast<int>(operation);
  }
  return position;
}

int Cell::Index() const { return OfficialIndexOfPosition(Position()); }

absl::StatusOr<Cell> ParseCell(absl::string_view text) {
  // Names that come from files and shells may have blanks around them.
  text = absl::StripAsciiWhitespace(text);
  if (text.find('|') != absl::string_view::npos) {
    return Cell::FromArchitecture(text);
  }
  // CSV files write codes so, as spreadsheets would take digits for a number
  // and drop leading zeros.
  if (text.size() == kNumEdges + 1 && text[0] == 'c') {
    return Cell::FromCode(text.substr(1));
  }
  if (AllDigits(text)) {
    if (text.size() == kNumEdges) return Cell::FromCode(text);
    int index;
    // A leading zero is more likely a code that lost a digit.
    if (text.size() < kNumEdges && (text.size() == 1 || text[0] != '0') &&
        absl::SimpleAtoi(text, &index)) {
      return Cell::FromIndex(index);
    }
  }
  return Mismatch(
      "an official index (0 to 15624), a code of six digits 0 to 4, or an "
      "architecture string (|op~0|+|op~0|op~1|+|op~0|op~1|op~2|)",
      text);
}

}  // namespace robbench
