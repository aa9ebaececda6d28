// The one shape of a complaint about a file's content.
#ifndef NAS_BASE_FIELD_ERROR_H_
#define NAS_BASE_FIELD_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace robbench {

// "FILE: field F: expected E, found G".
inline absl::Status FieldError(absl::string_view file, absl::string_view field,
                               absl::string_view expected,
                               absl::string_view found) {
  return absl::InvalidArgumentError(absl::StrCat(
      file, ": field ", field, ": expected ", expected, ", found ", found));
}

}  // namespace robbench

#endif  // NAS_BASE_FIELD_ERROR_H_
