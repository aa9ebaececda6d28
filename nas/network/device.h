// Decides where a numeric program runs and under which numeric profile: the
// flags --device and --numeric_profile of train, evaluate and score.
//
//   ROBBENCH_ASSIGN_OR_RETURN(
//       const NumericDevice device,
//       EnterDevice(absl::GetFlag(FLAGS_device),
//                   absl::GetFlag(FLAGS_numeric_profile)));
//
// --device=
//   cpu     runs on the processor
//   cuda    runs on a CUDA device that no other of these programs holds, and
//           waits until there is one
//   cuda:N  runs on CUDA's device N, and waits until it is free
//   auto    stands for cuda where there is a CUDA device, else for cpu
//
// A device that is not there is an error, and the program does not run on
// another one. Unless --device=cpu is given, the program prints the device that
// it took to standard error.
#ifndef NAS_NETWORK_DEVICE_H_
#define NAS_NETWORK_DEVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nas/base/device_lock.h"
#include "nas/base/numeric_profile.h"

namespace robbench {

// The device that this process has taken.
struct NumericDevice {
  std::string name;  // "cpu", "cuda:0": what at::Device takes
  NumericProfile profile;
  DeviceLock lock;  // held as long as this is; none for the processor
};

// Takes the device, brings the process under the profile and configures
// LibTorch. It may start the process again (numeric_profile.h), so call it
// before the program's work. An empty `profile` is the device's default,
// portable or cuda. InvalidArgument for an unknown device or profile, and for a
// profile of another device; FailedPrecondition, saying what to do, where
// LibTorch's CUDA, a driver or a device is missing.
absl::StatusOr<NumericDevice> EnterDevice(absl::string_view device,
                                          absl::string_view profile);

}  // namespace robbench

#endif  // NAS_NETWORK_DEVICE_H_
