// The one wording for an error in a file's content, so that every reader names
// the file, the field, what was expected there and what was found.
#ifndef NAS_BASE_FIELD_ERROR_H_
#define NAS_BASE_FIELD_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace robbench {

// Returns InvalidArgument with the message
// "FILE: field FIELD: expected EXPECTED, found FOUND". FOUND is a text or a
// number.
inline absl::Status FieldError(absl::string_view file, absl::string_view field,
                               absl::string_view expected,
                               const absl::AlphaNum& found) {
  return absl::InvalidArgumentError(absl::StrCat(
      file, ": field ", field, ": expected ", expected, ", found ", found));
}

}  // namespace robbench

#endif  // NAS_BASE_FIELD_ERROR_H_
