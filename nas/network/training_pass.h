// The train-mode half of a training step: forward by the batch's statistics,
// gradients of all parameters, and the update of the running statistics.
//
//   const std::unique_ptr<TrainingPass> pass =
//       CpuBackend().MakeTrainingPass(plan, normalizer, state);  // backend.h
//   at::Tensor logits = pass->Forward(state, images);
//   std::vector<at::Tensor> gradients = pass->Backward(state, logit_gradient);
//   pass->UpdateRunningStatistics(state);
//
// The state's numbers may change between two steps; its types, shapes and
// device may not. LibTorch's exceptions pass through.
#ifndef NAS_NETWORK_TRAINING_PASS_H_
#define NAS_NETWORK_TRAINING_PASS_H_

#include <ATen/core/Tensor.h>

#include <vector>

namespace robbench {

// Holds what the backward pass needs of the forward pass, so it serves one
// batch at a time.
class TrainingPass {
 public:
  TrainingPass() = default;
  TrainingPass(const TrainingPass&) = delete;
  virtual ~TrainingPass() = default;

  // The logits [B, classes] of images [B, C, H, W] in [0, 1]. The batch may
  // have another size than the one before.
  virtual at::Tensor Forward(const std::vector<at::Tensor>& state,
                             const at::Tensor& images) = 0;

  // The gradients of sum(logit_gradient * logits) by parameter, as
  // Gradients::parameters (network.h). Call it once after each Forward, with
  // the same state.
  virtual std::vector<at::Tensor> Backward(
      const std::vector<at::Tensor>& state,
      const at::Tensor& logit_gradient) = 0;

  // Moves the running statistics in `state` towards those of the last Forward,
  // in place (momentum 0.1, unbiased variance).
  virtual void UpdateRunningStatistics(
      std::vector<at::Tensor>& state) const = 0;
};

}  // namespace robbench

#endif  // NAS_NETWORK_TRAINING_PASS_H_
