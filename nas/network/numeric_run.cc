#include "nas/network/numeric_run.h"

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "nas/base/status_macros.h"
#include "nas/cpu/image_threads.h"
#include "nas/network/device_flags.h"

ABSL_FLAG(
    std::string, backend, "auto",
    "who computes: auto (the CPU engines where they can run, else "
    "LibTorch), libtorch, or check: auto, its first batches compared with "
    "LibTorch's");
ABSL_FLAG(int, threads, 1,
          "threads on the CPU that share a batch's images in image gradients; "
          "the results do not depend on it");

namespace robbench {

absl::StatusOr<NumericRun> EnterNumericRun() {
  ROBBENCH_RETURN_IF_ERROR(SetImageThreads(absl::GetFlag(FLAGS_threads)));
  ROBBENCH_ASSIGN_OR_RETURN(const BackendChoice backend,
                            ParseBackendChoice(absl::GetFlag(FLAGS_backend)));
  ROBBENCH_ASSIGN_OR_RETURN(NumericDevice device, EnterDeviceOfFlags());
  return NumericRun{std::move(device), backend};
}

}  // namespace robbench
