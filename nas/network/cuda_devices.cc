#include "nas/network/cuda_devices.h"

#include <c10/cuda/CUDACachingAllocator.h>
#include <cuda_runtime_api.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace robbench {
namespace {

absl::Status CudaError(absl::string_view what, cudaError_t error) {
  return absl::FailedPreconditionError(
      absl::StrCat(what, ": ", cudaGetErrorString(error),
                   "; the driver must list the device (nvidia-smi) and allow "
                   "this user to open it, or use --device=cpu"));
}

}  // namespace

absl::StatusOr<std::vector<CudaDevice>> FindCudaDevices() {
  int count = 0;
  const cudaError_t found = cudaGetDeviceCount(&count);
  if (found != cudaSuccess) return CudaError("no CUDA device", found);
  if (count == 0) return CudaError("no CUDA device", cudaErrorNoDevice);
  std::vector<CudaDevice> devices;
  for (int number = 0; number < count; ++number) {
    cudaDeviceProp properties;
    char bus[32] = "";
    cudaError_t error = cudaGetDeviceProperties(&properties, number);
    if (error == cudaSuccess) {
      error = cudaDeviceGetPCIBusId(bus, sizeof(bus), number);
    }
    if (error != cudaSuccess) {
      return CudaError(absl::StrCat("CUDA device ", number), error);
    }
    devices.push_back({properties.name, bus});
  }
  return devices;
}

absl::Status UseCudaDevice(int number) {
  const cudaError_t error = cudaSetDevice(number);
  if (error == cudaSuccess) return absl::OkStatus();
  return CudaError(absl::StrCat("CUDA device ", number), error);
}

int64_t CudaPeakMemory() {
  int device = 0;
  if (cudaGetDevice(&device) != cudaSuccess) return 0;
  // The first of the statistics is the sum over all kinds of blocks.
  return c10::cuda::CUDACachingAllocator::getDeviceStats(
             static_cast<c10::DeviceIndex>(device))
      .reserved_bytes[0]
      .peak;
}

void ResetCudaPeakMemory() {
  int device = 0;
  if (cudaGetDevice(&device) != cudaSuccess) return;
  c10::cuda::CUDACachingAllocator::emptyCache();
  c10::cuda::CUDACachingAllocator::resetPeakStats(
      static_cast<c10::DeviceIndex>(device));
}

}  // namespace robbench
