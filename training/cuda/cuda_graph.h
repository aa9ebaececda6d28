// A CUDA graph: the kernels that a device was told to run, kept so that all of
// them can be run again by one call. BUILD picks the implementation:
// cuda_graph.cc with a LibTorch for CUDA (--config=cuda), else
// no_cuda_graph.cc.
#ifndef TRAINING_CUDA_CUDA_GRAPH_H_
#define TRAINING_CUDA_CUDA_GRAPH_H_

#include <functional>
#include <memory>

namespace robbench {

// Captured once, replayed many times.
class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;

  // Runs `body` on the host and keeps the kernels that it launches, without
  // running them. The memory of its tensors stays the graph's own. LibTorch
  // throws if `body` waits for the device, which cannot be captured.
  virtual void Capture(const std::function<void()>& body) = 0;

  // Runs the kernels, on the same memory as at the capture.
  virtual void Replay() = 0;
};

// Returns an empty graph for the current device, or null where LibTorch has no
// CUDA.
std::unique_ptr<DeviceGraph> MakeCudaGraph();

}  // namespace robbench

#endif  // TRAINING_CUDA_CUDA_GRAPH_H_
