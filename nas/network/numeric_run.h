// Where, under which numeric profile and by which backend a job computes. No
// LibTorch in this header.
#ifndef NAS_NETWORK_NUMERIC_RUN_H_
#define NAS_NETWORK_NUMERIC_RUN_H_

#include <string>

#include "absl/status/statusor.h"
#include "nas/network/backend_choice.h"
#include "nas/network/device.h"

namespace robbench {

struct NumericRun {
  NumericDevice device;
  BackendChoice backend = BackendChoice::kAuto;

  // What a record says of the run's arithmetic.
  std::string Profile() const {
    return ProfileWithBackend(device.profile.name, backend);
  }
};

// Enters the run that the flags --device, --numeric_profile, --backend and
// --threads ask for; a program has these flags by linking this. Call it before
// the program's work and before anything is printed: EnterDevice (device.h) may
// start the program anew. InvalidArgument for a bad value of a flag, and the
// errors of EnterDevice.
absl::StatusOr<NumericRun> EnterNumericRun();

}  // namespace robbench

#endif  // NAS_NETWORK_NUMERIC_RUN_H_
