#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nas/network/cuda_devices.h"

namespace robbench {
namespace {

absl::Status NoCuda() {
  return absl::FailedPreconditionError(
      "this program's LibTorch has no CUDA: build with --config=cuda and "
      "LIBTORCH_PATH, or use --device=cpu");
}

}  // namespace

absl::StatusOr<std::vector<CudaDevice>> FindCudaDevices() { return NoCuda(); }

absl::Status UseCudaDevice(int) { return NoCuda(); }

int64_t CudaPeakMemory() { return 0; }

void ResetCudaPeakMemory() {}

}  // namespace robbench
