#include "nas/base/attack_name.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/field_error.h"
#include "nas/base/name.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

template <typename Names>
bool IsOneOf(absl::string_view name, const Names& names) {
  return std::any_of(names.begin(), names.end(), [&](absl::string_view other) {
    return absl::EqualsIgnoreCase(name, other);
  });
}

// Says in words what else has this name; empty where nothing has.
std::string Owner(absl::string_view name) {
  if (IsOneOf(name, kCostNames)) return "the cost of that name";
  if (IsTableColumn(name)) return "a column of the table";
  if (absl::EqualsIgnoreCase(name, "robust_average")) {
    return "the average over all attacks";
  }
  if (absl::StartsWithIgnoreCase(name, "ntk_")) {
    return "a score of a neural tangent kernel";
  }
  if (absl::StartsWithIgnoreCase(name, "proxy_")) {
    return "a score or count before any training";
  }
  if (absl::StartsWithIgnoreCase(name, "standard_")) {
    return "an accuracy after standard training";
  }
  if (absl::StartsWithIgnoreCase(name, "val_") &&
      absl::EndsWithIgnoreCase(name, "_acc")) {
    return "the authors' name of another metric";
  }
  return "";
}

}  // namespace

bool IsTableColumn(absl::string_view name) {
  return IsOneOf(name, kTableColumns);
}

absl::Status CheckAttackName(absl::string_view file, absl::string_view field,
                             absl::string_view name) {
  ROBBENCH_RETURN_IF_ERROR(CheckName(file, field, name));
  const std::string owner = Owner(name);
  if (owner.empty()) return absl::OkStatus();
  return FieldError(file, field, "a name that no other metric or column has",
                    absl::StrCat(QuotedName(name), ", ", owner));
}

}  // namespace robbench
