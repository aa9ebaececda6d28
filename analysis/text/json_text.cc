#include "analysis/text/json_text.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nas/base/field_error.h"

namespace robbench {
namespace {

constexpr absl::string_view kTooLarge = ", which a double cannot hold";
constexpr absl::string_view kNoJson = ", which JSON does not have";

// The number of nlohmann's exception for numbers out of range.
constexpr int kNumberOutOfRange = 406;

}  // namespace

std::string Shown(absl::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, 40)),
                      text.size() > 40 ? "..." : "", "\"");
}

absl::Status CheckJsonEncoding(const std::string& path,
                               absl::string_view bytes) {
  const auto refuse = [&](absl::string_view found) {
    return FieldError(path, "(byte 0)", "text in UTF-8", found);
  };
  const absl::string_view begin = bytes.substr(0, 4);
  if (absl::StartsWith(begin, "\xff\xfe") ||
      absl::StartsWith(begin, "\xfe\xff") ||
      absl::StartsWith(begin, absl::string_view("\0\0\xfe\xff", 4)) ||
      // Without a byte order mark, UTF-16 and UTF-32 show by a byte of 0 in
      // their first ASCII characters.
      absl::StrContains(begin, '\0')) {
    return refuse("UTF-16 or UTF-32");
  }
  if (absl::StartsWith(begin, "\x1f\x8b")) return refuse("a gzip file");
  // The parser would take a zero for the end and not read what is behind it.
  const size_t zero = bytes.find('\0');
  if (zero != absl::string_view::npos) {
    return FieldError(path, absl::StrCat("(byte ", zero, ")"), "JSON",
                      "a zero");
  }
  return absl::OkStatus();
}

std::string JsonFault(absl::string_view bytes, size_t position,
                      absl::string_view token, int exception) {
  if (exception == kNumberOutOfRange) {
    return absl::StrCat(absl::CHexEscape(token.substr(0, 40)), kTooLarge);
  }
  // The parser stops within the word, not always at its beginning.
  const size_t at = std::min(position, bytes.size());
  for (const absl::string_view word : {"-Infinity", "Infinity", "NaN"}) {
    for (size_t back = 0; back <= std::min<size_t>(at, 3); ++back) {
      if (absl::StartsWith(bytes.substr(at - back), word)) {
        return absl::StrCat(word, kNoJson);
      }
    }
  }
  if (at >= bytes.size()) return "the end";
  const unsigned char last = at > 0 ? bytes[at - 1] : bytes[at];
  if (last >= 0x80) return "bytes that are not UTF-8";
  return absl::StrCat("a syntax error near ",
                      Shown(bytes.substr(at - std::min<size_t>(at, 1), 12)));
}

bool IsNumberFault(absl::string_view fault) {
  return absl::EndsWith(fault, kTooLarge) || absl::EndsWith(fault, kNoJson);
}

}  // namespace robbench
