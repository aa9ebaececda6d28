// A numeric profile is a named environment that fixes the number of threads,
// the instruction sets and the BLAS core of a numeric process, and with them
// the last bits of its results. Every record states its profile. The profiles
// are defined in nas/base/numeric_profiles.bzl.
#ifndef NAS_BASE_NUMERIC_PROFILE_H_
#define NAS_BASE_NUMERIC_PROFILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

inline constexpr char kDefaultNumericProfile[] = "portable";

// What a program may want to know of the profile that it runs under.
struct NumericProfile {
  std::string name;           // "portable", "native", "cuda", ...
  int threads = 1;            // OMP_NUM_THREADS of the profile
  bool fast_kernels = false;  // ROBBENCH_FAST_KERNELS: not deterministic
};

// Makes this process run under the profile `name`. Where its environment is
// another one, as in a program started by hand, the process replaces itself by
// the same program with the same arguments in the right environment, because
// the libraries read it when they are loaded. So call this first in a program's
// body. InvalidArgument, listing the known profiles, for an unknown name;
// Internal if the program cannot be started again.
absl::StatusOr<NumericProfile> EnterNumericProfile(absl::string_view name);

}  // namespace robbench

#endif  // NAS_BASE_NUMERIC_PROFILE_H_
