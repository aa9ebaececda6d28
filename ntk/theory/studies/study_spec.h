// The checks that both studies of the theory make of their specs
// (ntk/theory/theory.proto). Errors are those of nas/base/field_error.h.
#ifndef NTK_THEORY_STUDIES_STUDY_SPEC_H_
#define NTK_THEORY_STUDIES_STUDY_SPEC_H_

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"
#include "ntk/theory/residual_network.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// Returns OK if low <= value <= high; not for a value that is not a number.
template <typename Value>
absl::Status CheckRange(const std::string& path, absl::string_view field,
                        Value value, Value low, Value high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return FieldError(path, field, absl::StrCat(low, " to ", high), value);
}

// Returns OK if there is a network, each passes CheckNetworkSpec
// (residual_network.h), and each has a name of its own, by which figures and
// kernels are named.
inline absl::Status CheckStudyNetworks(
    const std::string& path,
    const google::protobuf::RepeatedPtrField<ResidualNetworkSpec>& networks) {
  if (networks.empty()) {
    return FieldError(path, "networks", "at least 1", "none");
  }
  std::set<std::string> names;
  for (int i = 0; i < networks.size(); ++i) {
    const std::string field = absl::StrCat("networks[", i, "]");
    ROBBENCH_RETURN_IF_ERROR(CheckNetworkSpec(path, field, networks[i]));
    if (!names.insert(networks[i].name()).second) {
      return FieldError(path, field + ".name", "a name of its own",
                        networks[i].name());
    }
  }
  return absl::OkStatus();
}

}  // namespace robbench

#endif  // NTK_THEORY_STUDIES_STUDY_SPEC_H_
