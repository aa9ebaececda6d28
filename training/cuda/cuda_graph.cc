#include "training/cuda/cuda_graph.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <c10/util/Exception.h>
#include <cuda_runtime_api.h>

namespace robbench {
namespace {

class CudaGraph : public DeviceGraph {
 public:
  void Capture(const std::function<void()>& body) override {
    // CUDA cannot capture on the default stream.
    c10::cuda::device_synchronize();
    const c10::cuda::CUDAStreamGuard guard(c10::cuda::getStreamFromPool());
    graph_.capture_begin();
    try {
      body();
    } catch (...) {
      LeaveBrokenCapture();
      throw;
    }
    graph_.capture_end();
  }

  void Replay() override { graph_.replay(); }

 private:
  // Ends a capture that has failed. Its own error is ignored, as it follows
  // from the first one, which is reported.
  void LeaveBrokenCapture() {
    try {
      graph_.capture_end();
    } catch (const c10::Error&) {
    }
    (void)cudaGetLastError();
  }

  at::cuda::CUDAGraph graph_;
};

}  // namespace

std::unique_ptr<DeviceGraph> MakeCudaGraph() {
  return std::make_unique<CudaGraph>();
}

}  // namespace robbench
