#include "nas/base/name.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "nas/base/field_error.h"

namespace robbench {
namespace {

constexpr size_t kMostListed = 40;
constexpr size_t kMostMeant = 6;

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.' || c == '+';
}

size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1,
                         diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// Returns the names in words, as "a, b and c"; `last_joint` is the "and".
std::string Listed(const std::vector<std::string>& names,
                   absl::string_view last_joint) {
  if (names.size() < 2) return absl::StrJoin(names, "");
  return absl::StrCat(absl::StrJoin(names.begin(), names.end() - 1, ", "), " ",
                      last_joint, " ", names.back());
}

}  // namespace

absl::Status CheckName(absl::string_view file, absl::string_view field,
                       absl::string_view name) {
  if (name.empty()) return FieldError(file, field, "a name", "none");
  if (name.size() > kMaxNameLength) {
    return FieldError(
        file, field,
        absl::StrCat("a name of at most ", kMaxNameLength, " characters"),
        absl::StrCat(name.size(), " characters, ", QuotedName(name)));
  }
  if (!absl::ascii_isalnum(name[0]) ||
      !std::all_of(name.begin(), name.end(), IsNameCharacter)) {
    return FieldError(file, field,
                      "a name of letters, digits, \"_\", \"-\", \".\" and "
                      "\"+\" that begins with a letter or a digit",
                      QuotedName(name));
  }
  return absl::OkStatus();
}

absl::Status DistinctNames::Add(absl::string_view file, absl::string_view field,
                                absl::string_view name) {
  const auto [known, is_new] =
      spellings_.emplace(absl::AsciiStrToLower(name), std::string(name));
  if (is_new) return absl::OkStatus();
  if (known->second == name) {
    return FieldError(file, field, "each name once",
                      absl::StrCat(QuotedName(name), " again"));
  }
  return FieldError(
      file, field, "names that differ in more than case",
      absl::StrCat(QuotedName(name), " beside ", QuotedName(known->second)));
}

std::string QuotedName(absl::string_view name) {
  return absl::StrCat("\"", absl::CHexEscape(name.substr(0, kMaxNameLength)),
                      name.size() > kMaxNameLength ? "..." : "", "\"");
}

std::string FoldedName(absl::string_view name) {
  std::string folded = absl::AsciiStrToLower(absl::StripAsciiWhitespace(name));
  folded.erase(std::remove_if(folded.begin(), folded.end(),
                              [](char c) { return c == '_' || c == '-'; }),
               folded.end());
  return folded;
}

std::optional<std::string> FindName(
    absl::string_view name, const std::vector<std::string>& candidates) {
  const absl::string_view wanted = absl::StripAsciiWhitespace(name);
  for (const std::string& candidate : candidates) {
    if (candidate == wanted) return candidate;
  }
  const std::string folded = FoldedName(wanted);
  std::optional<std::string> found;
  for (const std::string& candidate : candidates) {
    if (FoldedName(candidate) != folded) continue;
    if (found.has_value()) return std::nullopt;  // either could be meant
    found = candidate;
  }
  return found;
}

std::vector<std::string> NearestNames(
    absl::string_view name, const std::vector<std::string>& candidates) {
  const std::string wanted = absl::AsciiStrToLower(
      absl::StripAsciiWhitespace(name).substr(0, kMaxNameLength));
  std::vector<std::string> nearest;
  for (const std::string& candidate : candidates) {
    if (!wanted.empty() &&
        absl::StartsWithIgnoreCase(candidate, wanted + "_") &&
        nearest.size() < kMostMeant) {
      nearest.push_back(candidate);
    }
  }
  if (!nearest.empty()) return nearest;
  size_t distance = wanted.size() / 2 + 1;
  for (const std::string& candidate : candidates) {
    const size_t found = EditDistance(wanted, absl::AsciiStrToLower(candidate));
    if (found >= distance) continue;
    distance = found;
    nearest = {candidate};
  }
  return nearest;
}

std::string NameHint(absl::string_view name,
                     const std::vector<std::string>& candidates) {
  const std::vector<std::string> nearest = NearestNames(name, candidates);
  std::string hint = "; ";
  if (!nearest.empty()) {
    absl::StrAppend(&hint, "did you mean ", Listed(nearest, "or"), "? ");
  }
  if (candidates.empty()) return absl::StrCat(hint, "it has none");
  std::vector<std::string> listed(
      candidates.begin(),
      candidates.begin() + std::min(candidates.size(), kMostListed));
  if (candidates.size() > kMostListed) {
    listed.push_back(absl::StrCat(candidates.size() - kMostListed, " more"));
  }
  return absl::StrCat(hint, nearest.empty() ? "it has " : "It has ",
                      Listed(listed, "and"));
}

}  // namespace robbench
