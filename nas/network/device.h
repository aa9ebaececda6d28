// Where a numeric program runs and under which numeric profile: the flags
// --device and --numeric_profile of train, evaluate and score.
//
//   ROBBENCH_ASSIGN_OR_RETURN(
//       const NumericDevice device,
//       EnterDevice(absl::GetFlag(FLAGS_device),
//                   absl::GetFlag(FLAGS_numeric_profile)));
//
// --device=
//   cpu     the processor
//   cuda    a CUDA device that no other of these programs holds; waits for one
//   cuda:N  that one; waits for it
//   auto    as cuda where there is a CUDA device, else cpu; says which
//
// A device that is not there is an error, never a run on another one. What was
// taken is said on standard error, but for --device=cpu.
#ifndef NAS_NETWORK_DEVICE_H_
#define NAS_NETWORK_DEVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nas/base/device_lock.h"
#include "nas/base/numeric_profile.h"

namespace robbench {

struct NumericDevice {
  std::string name;  // "cpu", "cuda:0": what at::Device takes
  NumericProfile profile;
  DeviceLock lock;  // held as long as this is; none for the processor
};

// Settles the device, brings the process under the profile (this may restart
// it: numeric_profile.h) and configures LibTorch. So call it before the
// program's work. An empty `profile` is the device's default, portable or
// cuda. Errors: InvalidArgument for an unknown device or profile, and for a
// profile of another device; FailedPrecondition without a CUDA LibTorch,
// driver or device, with what to do.
absl::StatusOr<NumericDevice> EnterDevice(absl::string_view device,
                                          absl::string_view profile);

}  // namespace robbench

#endif  // NAS_NETWORK_DEVICE_H_
