// The seam between what uses a network and what computes its numbers. Attacks
// and training ask a backend for the two things that they need, and do not know
// which one it is:
//
//   - LibtorchBackend() is the reference: LibTorch's operations on batches, on
//     every device and in every type (libtorch_backend.h);
//   - CpuBackend() runs the engines of nas/cpu where they can, which is on the
//     CPU in float32, else the reference (cpu_backend.h);
//   - MakeCheckBackend() runs two of them side by side on the first batches
//     and compares (check_backend.h).
//
// All compute the same functions up to rounding. To add an engine, implement
// this interface and compare it with LibtorchBackend() by MakeCheckBackend().
#ifndef NAS_NETWORK_BACKEND_H_
#define NAS_NETWORK_BACKEND_H_

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "nas/network/folded_network.h"
#include "nas/network/normalizer.h"
#include "nas/network/training_pass.h"
#include "nas/network_plan.h"

namespace robbench {

// Makes networks and passes, which must not outlive it.
class Backend {
 public:
  virtual ~Backend() = default;

  // Makes a trained network for attacks. `state` has one tensor for each of
  // plan.parameters, all of one type and on one device, which are the network's
  // as well. The network may share the tensors' memory, so make another one
  // after the state has changed.
  virtual std::unique_ptr<FoldedNetwork> MakeFoldedNetwork(
      const NetworkPlan& plan, const Normalizer& normalizer,
      const std::vector<at::Tensor>& state) const = 0;

  // Makes a pass for training. It serves states whose tensors have the types,
  // shapes and device of those of `state`.
  virtual std::unique_ptr<TrainingPass> MakeTrainingPass(
      const NetworkPlan& plan, const Normalizer& normalizer,
      const std::vector<at::Tensor>& state) const = 0;
};

}  // namespace robbench

#endif  // NAS_NETWORK_BACKEND_H_
