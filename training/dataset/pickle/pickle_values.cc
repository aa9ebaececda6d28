#include "training/dataset/pickle/pickle_values.h"

#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace robbench {

absl::string_view PickleKindName(PickleKind kind) {
  switch (kind) {
    case PickleKind::kMark:
      return "a mark";
    case PickleKind::kNone:
      return "None";
    case PickleKind::kBool:
      return "a bool";
    case PickleKind::kInteger:
      return "an integer";
    case PickleKind::kFloat:
      return "a float";
    case PickleKind::kText:
    case PickleKind::kEscapedText:
      return "a string";
    case PickleKind::kBytes:
      return "bytes";
    case PickleKind::kTuple:
      return "a tuple";
    case PickleKind::kList:
      return "a list";
    case PickleKind::kDict:
      return "a dict";
    case PickleKind::kClass:
      return "a class";
    case PickleKind::kDType:
      return "a dtype";
    case PickleKind::kArray:
      return "an array";
  }
  return "nothing known";
}

PickleValue PickleValues::AddString(PickleKind kind, absl::string_view text) {
  strings.push_back(text);
  return {kind, static_cast<int64_t>(strings.size()) - 1};
}

PickleValue PickleValues::AddSequence(PickleKind kind,
                                      std::vector<PickleValue> items) {
  sequences.push_back(std::move(items));
  return {kind, static_cast<int64_t>(sequences.size()) - 1};
}

PickleValue PickleValues::AddArray(Array array) {
  arrays.push_back(std::move(array));
  return {PickleKind::kArray, static_cast<int64_t>(arrays.size()) - 1};
}

bool IsPickledString(const PickleValue& value) {
  return value.kind == PickleKind::kText ||
         value.kind == PickleKind::kEscapedText ||
         value.kind == PickleKind::kBytes;
}

bool ParsePythonBytes(absl::string_view literal, std::string* out) {
  constexpr absl::string_view kLetters = "abfnrtv\\'\"";
  constexpr absl::string_view kMeanings = "\a\b\f\n\r\t\v\\'\"";
  if (literal.size() < 2 || literal.front() != literal.back() ||
      (literal.front() != '\'' && literal.front() != '"')) {
    return false;
  }
  const absl::string_view escaped = literal.substr(1, literal.size() - 2);
  out->reserve(escaped.size());
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '\\') {
      out->push_back(escaped[i]);
      continue;
    }
    if (++i == escaped.size()) return false;
    if (escaped[i] == 'x') {
      if (escaped.size() - i < 3 || !absl::ascii_isxdigit(escaped[i + 1]) ||
          !absl::ascii_isxdigit(escaped[i + 2])) {
        return false;
      }
      *out += absl::HexStringToBytes(escaped.substr(i + 1, 2));
      i += 2;
      continue;
    }
    const size_t letter = kLetters.find(escaped[i]);
    if (letter == absl::string_view::npos) return false;
    out->push_back(kMeanings[letter]);
  }
  return true;
}

std::string PrintablePickleText(absl::string_view text) {
  constexpr size_t kLongest = 80;
  return absl::StrCat(absl::CEscape(text.substr(0, kLongest)),
                      text.size() > kLongest ? "..." : "");
}

}  // namespace robbench
