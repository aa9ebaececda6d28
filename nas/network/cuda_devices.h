// The CUDA devices of this machine. BUILD picks the implementation: with a
// CUDA LibTorch (--config=cuda) cuda_devices.cc, else no_cuda_devices.cc.
#ifndef NAS_NETWORK_CUDA_DEVICES_H_
#define NAS_NETWORK_CUDA_DEVICES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace robbench {

struct CudaDevice {
  std::string name;  // "NVIDIA H200"
  std::string bus;   // PCI address: the same for every process
};

// By CUDA's number, at least one. FailedPrecondition where there is none: why,
// and what to do.
absl::StatusOr<std::vector<CudaDevice>> FindCudaDevices();

// Makes the device the one that this thread's kernels run on.
absl::Status UseCudaDevice(int number);

}  // namespace robbench

#endif  // NAS_NETWORK_CUDA_DEVICES_H_
