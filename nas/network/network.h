// The network of a NetworkPlan evaluated with LibTorch tensors.
//
// Pure functions over a plan and its state: one tensor a parameter, in the
// order of plan.parameters (buffers included). Backward passes are written
// out over the plan instead of recorded by autograd: the same walk serves
// training, attacks and neural tangent kernels, every intermediate gradient
// can be had by name, and nothing is recorded that is not needed.
//
//   ASSIGN plan = MakeNetworkPlan(cell, size);
//   std::vector<at::Tensor> state = InitialState(plan, seed, at::kFloat);
//   Trace trace = Forward(plan, normalizer, state, images, NetworkMode::kEval);
//   Gradients g = Backward(plan, normalizer, state, trace,
//                          at::ones_like(trace.logits()));
//
// Shapes are images [B, image_channels, H, W] in [0, 1] and logits
// [B, classes]. Type and device are the state's (float32 or float64).
// LibTorch's exceptions pass through: callers at a boundary use
// torch_boundary.h. No autograd graph is built, whatever the inputs.
#ifndef NAS_NETWORK_NETWORK_H_
#define NAS_NETWORK_NETWORK_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nas/network/normalizer.h"
#include "nas/network_plan.h"

namespace robbench {

// PyTorch's default initialisation: weights and linear bias uniform in
// +-1/sqrt(fan_in) (kaiming_uniform with a = sqrt(5)), BatchNorm 1 and 0,
// running statistics 0 and 1. Tensor i is drawn from PhiloxStream(seed,
// kInitialWeights, 0, i), in float32 for every `dtype`, so that a float64 run
// starts from the same numbers.
std::vector<at::Tensor> InitialState(const NetworkPlan& plan, uint32_t seed,
                                     at::ScalarType dtype = at::kFloat);

// Returns the same tensors on a device. Those that are there already share
// their memory with `state`.
std::vector<at::Tensor> ToDevice(const std::vector<at::Tensor>& state,
                                 const at::Device& device);

// PyTorch's train() and eval().
enum class NetworkMode {
  kTrain,  // BatchNorm by the statistics of the batch; dead layers run too
  kEval,   // BatchNorm by running statistics; dead layers are skipped
};

// A forward pass and all that its backward pass needs. `values` holds the
// input and the output of every layer: layers[i] read values[inputs] and
// wrote values[output].
struct Trace {
  NetworkMode mode;
  std::vector<at::Tensor> values;  // by value number; undefined: not computed
  // By layer, of BatchNorm layers in kTrain: mean of the batch, its unbiased
  // variance (0 for a single value), and 1 / sqrt(biased variance + epsilon).
  // Undefined elsewhere.
  std::vector<at::Tensor> batch_mean;
  std::vector<at::Tensor> batch_variance;
  std::vector<at::Tensor> batch_inverse_deviation;
  int logits_value;  // NetworkPlan::logits

  const at::Tensor& logits() const { return values[logits_value]; }
};

// Runs the network on a batch of images. Running statistics are read in kEval
// and never changed.
Trace Forward(const NetworkPlan& plan, const Normalizer& normalizer,
              const std::vector<at::Tensor>& state, const at::Tensor& images,
              NetworkMode mode);

// Moves the running statistics in `state` towards those of a kTrain pass
// (momentum 0.1, unbiased variance), in place: once a training step.
void UpdateRunningStatistics(const NetworkPlan& plan, const Trace& trace,
                             std::vector<at::Tensor>& state);

// What a backward pass is to compute.
struct BackwardOptions {
  bool parameters = true;    // gradients of parameters
  bool keep_values = false;  // keep the gradient of every value, not only x's
};

// What a backward pass gives.
struct Gradients {
  // By value number: gradient with respect to that value. With keep_values
  // every live value (undefined where no gradient flows), else only values[0],
  // the images. With it, the gradient at a parametric layer's output is
  // values[layer.output], its input trace.values[layer.inputs[0]].
  std::vector<at::Tensor> values;
  // By parameter: zeros for those that the logits do not depend on; undefined
  // for buffers.
  std::vector<at::Tensor> parameters;
};

// Gradients of sum(logit_gradient * logits), by the chain rule over the plan.
Gradients Backward(const NetworkPlan& plan, const Normalizer& normalizer,
                   const std::vector<at::Tensor>& state, const Trace& trace,
                   const at::Tensor& logit_gradient,
                   const BackwardOptions& options = {});

}  // namespace robbench

#endif  // NAS_NETWORK_NETWORK_H_
