// What a device was told to do, kept in order to be done again at once: a
// CUDA graph. BUILD picks the implementation: with a CUDA LibTorch
// (--config=cuda) cuda_graph.cc, else no_cuda_graph.cc.
#ifndef TRAINING_CUDA_GRAPH_H_
#define TRAINING_CUDA_GRAPH_H_

#include <functional>
#include <memory>

namespace robbench {

class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;

  // Runs `body` on the host, and keeps the kernels that it launches instead of
  // running them. The memory of its tensors stays the graph's own. What waits
  // for the device cannot be captured: LibTorch then throws.
  virtual void Capture(const std::function<void()>& body) = 0;

  // Runs the kernels, on the same memory as at the capture.
  virtual void Replay() = 0;
};

// For the current device; null where LibTorch has no CUDA.
std::unique_ptr<DeviceGraph> MakeCudaGraph();

}  // namespace robbench

#endif  // TRAINING_CUDA_GRAPH_H_
