// The flags --device and --numeric_profile of the programs that run networks.
#ifndef NAS_NETWORK_DEVICE_FLAGS_H_
#define NAS_NETWORK_DEVICE_FLAGS_H_

#include "absl/status/statusor.h"
#include "nas/network/device.h"

namespace robbench {

// EnterDevice (device.h) with the values of the flags. It may start the program
// anew, so what is printed before it is printed twice.
absl::StatusOr<NumericDevice> EnterDeviceOfFlags();

}  // namespace robbench

#endif  // NAS_NETWORK_DEVICE_FLAGS_H_
