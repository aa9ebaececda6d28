// Runs a function of tensors that is called again and again with inputs of the
// same shapes, as a graph of the device (cuda_graph.h) once the graph has
// proved to compute the same. A graph spares the host from launching every
// kernel by itself.
//
//   CapturedFunction step("the step", body, {.make_graph = MakeCudaGraph});
//   std::vector<at::Tensor> outputs = step.Call(inputs, state);
//
// For each set of shapes, the first call runs the function as it is. The
// second runs it twice from the same state: as it is, and as a captured graph.
// If outputs and state are the same, later calls replay the graph. If they are
// not, or if the function cannot be captured, it is run as it is from then on,
// and standard error says so.
//
// The function must return defined tensors, must not wait for the device, and
// must keep nothing between calls but what is in `state`.
#ifndef TRAINING_CUDA_CAPTURED_FUNCTION_H_
#define TRAINING_CUDA_CAPTURED_FUNCTION_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "training/cuda/cuda_graph.h"

namespace robbench {

struct CapturedFunctionOptions {
  // Makes an empty graph. Without it, or where it returns null, the function is
  // always run as it is.
  std::function<std::unique_ptr<DeviceGraph>()> make_graph;
  // How far a tensor of the graph may be from the function's own:
  // |difference| / |own|, in Euclidean norms. 0 asks for the same bits.
  double tolerance = 0;
};

// Not for several threads at once, as outputs are shared.
class CapturedFunction {
 public:
  using Tensors = std::vector<at::Tensor>;
  using Function = std::function<Tensors(const Tensors& inputs)>;

  // `name` is for messages.
  CapturedFunction(std::string name, Function function,
                   CapturedFunctionOptions options)
      : name_(std::move(name)),
        function_(std::move(function)),
        options_(std::move(options)) {}

  // Returns the function's outputs, which are valid until the next call.
  // `state` is what the function reads besides its inputs and may change in
  // place. If other tensors are given there than before, the function is
  // captured anew. LibTorch's exceptions pass through, except those of a
  // capture.
  Tensors Call(const Tensors& inputs, const Tensors& state);

  // How many calls were replays of a graph.
  int64_t replays() const { return replays_; }

 private:
  struct Shape {
    bool ran = false;  // once, as it is
    bool refused = false;
    std::unique_ptr<DeviceGraph> graph;
    Tensors inputs;
    Tensors state;  // the tensors that it was captured with
    Tensors outputs;
  };

  // Runs the function and captures it into `shape` if that does the same.
  Tensors Capture(const Tensors& inputs, const Tensors& state, Shape& shape);
  // The largest relative difference between tensors of two lists; NaN where
  // one of them has one.
  double Difference(const Tensors& own, const Tensors& others) const;

  const std::string name_;
  const Function function_;
  const CapturedFunctionOptions options_;
  std::map<std::vector<int64_t>, Shape> shapes_;
  int64_t replays_ = 0;
};

}  // namespace robbench

#endif  // TRAINING_CUDA_CAPTURED_FUNCTION_H_
