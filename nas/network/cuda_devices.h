// Finds the CUDA devices of this machine. BUILD picks the implementation:
// cuda_devices.cc with a LibTorch for CUDA (--config=cuda), else
// no_cuda_devices.cc, which finds none.
#ifndef NAS_NETWORK_CUDA_DEVICES_H_
#define NAS_NETWORK_CUDA_DEVICES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace robbench {

// What is known of a device. CUDA's numbers of devices may differ between
// processes; the address on the bus does not, so locks are named by it.
struct CudaDevice {
  std::string name;  // "NVIDIA H200"
  std::string bus;   // PCI address, "0000:1b:00.0"
};

// Returns the devices in the order of CUDA's numbers; at least one.
// FailedPrecondition where there is none, saying why and what to do.
absl::StatusOr<std::vector<CudaDevice>> FindCudaDevices();

// Makes this thread's kernels run on the device of a number.
// FailedPrecondition where CUDA cannot use it.
absl::Status UseCudaDevice(int number);

// Returns the most bytes that LibTorch has held for tensors on this thread's
// device since ResetCudaPeakMemory, which gives back what no tensor uses. A
// process with CUDA takes some hundred MB more. 0 without CUDA.
int64_t CudaPeakMemory();
void ResetCudaPeakMemory();

}  // namespace robbench

#endif  // NAS_NETWORK_CUDA_DEVICES_H_
