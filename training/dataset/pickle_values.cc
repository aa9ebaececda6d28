#include "training/dataset/pickle_values.h"

#include <cstddef>
#include <utility>

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
    case PickleKind::kText:
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
  return value.kind == PickleKind::kText || value.kind == PickleKind::kBytes;
}

std::string PrintablePickleText(absl::string_view text) {
  constexpr size_t kLongest = 80;
  return absl::StrCat(absl::CEscape(text.substr(0, kLongest)),
                      text.size() > kLongest ? "..." : "");
}

}  // namespace robbench
