// The one place where LibTorch's exceptions become absl::Status.
//
//   ROBBENCH_ASSIGN_OR_RETURN(
//       auto loss, CatchTorchErrors("training", [&] { return Step(...); }));
//
// The body may return a value, a Status or a StatusOr; CatchTorchErrors gives
// StatusOr<value>, Status and StatusOr respectively. Out of memory, of the
// machine or of a device, becomes ResourceExhausted and says what to do, all
// else Internal; the message starts with `what` and carries LibTorch's first
// line without its stack trace.
#ifndef NAS_NETWORK_TORCH_BOUNDARY_H_
#define NAS_NETWORK_TORCH_BOUNDARY_H_

#include <exception>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nas/base/numeric_profile.h"

namespace robbench {

// The status of an exception, as described above. A StatusException
// (status_exception.h) keeps its own code.
absl::Status TorchErrorToStatus(absl::string_view what,
                                const std::exception& error);

// Sets the number of threads of LibTorch's kernels in this process, and which
// kernels it may choose from: deterministic ones in full float32, or, with
// profile.fast_kernels on CUDA devices, the fastest ones, which may use TF32.
// Call it once, before the first tensor is made.
void ConfigureTorch(const NumericProfile& profile);

namespace internal {
template <typename T>
struct CaughtResult {
  using type = absl::StatusOr<T>;
};
template <>
struct CaughtResult<absl::Status> {
  using type = absl::Status;
};
template <typename T>
struct CaughtResult<absl::StatusOr<T>> {
  using type = absl::StatusOr<T>;
};
}  // namespace internal

// Runs `body` and turns exceptions into a status, as described above.
template <typename Body>
typename internal::CaughtResult<std::invoke_result_t<Body>>::type
CatchTorchErrors(absl::string_view what, Body&& body) {
  try {
    return body();
  } catch (const std::exception& error) {
    return TorchErrorToStatus(what, error);
  }
}

}  // namespace robbench

#endif  // NAS_NETWORK_TORCH_BOUNDARY_H_
