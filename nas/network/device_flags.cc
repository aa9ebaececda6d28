#include "nas/network/device_flags.h"

#include <string>

#include "absl/flags/flag.h"

ABSL_FLAG(
    std::string, numeric_profile, "",
    "portable (default) or native on the CPU, cuda (default) or cuda_fast "
    "on CUDA");
ABSL_FLAG(std::string, device, "cpu", "cpu, cuda, cuda:N or auto");

namespace robbench {

absl::StatusOr<NumericDevice> EnterDeviceOfFlags() {
  return EnterDevice(absl::GetFlag(FLAGS_device),
                     absl::GetFlag(FLAGS_numeric_profile));
}

}  // namespace robbench
