// Numeric profiles (numeric_profiles.bzl): a named environment that fixes the
// thread count and the kernels of a numeric process, stated in every record.
#ifndef NAS_BASE_NUMERIC_PROFILE_H_
#define NAS_BASE_NUMERIC_PROFILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

inline constexpr char kDefaultNumericProfile[] = "portable";

struct NumericProfile {
  std::string name;
  int threads = 1;            // OMP_NUM_THREADS of the profile
  bool fast_kernels = false;  // ROBBENCH_FAST_KERNELS: not deterministic
};

// Makes this process run under the profile. Where its environment is another
// (a program started by hand), the process replaces itself by the same program
// with the same arguments in the right environment, because the libraries read
// it when they are loaded. So call it first in a program's body. Errors:
// InvalidArgument listing the profiles that there are.
absl::StatusOr<NumericProfile> EnterNumericProfile(absl::string_view name);

}  // namespace robbench

#endif  // NAS_BASE_NUMERIC_PROFILE_H_
