// The train-mode half of a training step: forward by the batch's statistics,
// gradients of all parameters, and the update of the running statistics.
//
//   const std::unique_ptr<TrainingPass> pass =
//       CpuBackend().MakeTrainingPass(plan, normalizer, state);  // backend.h
//   at::Tensor logits = pass->Forward(state, images);
//   std::vector<at::Tensor> gradients = pass->Backward(state, logit_gradient);
//   pass->UpdateRunningStatistics(state);
//
// The state's numbers may change between two steps, its types and devices may
// not. LibTorch's exceptions pass through.
#ifndef NAS_NETWORK_TRAINING_PASS_H_
#define NAS_NETWORK_TRAINING_PASS_H_

#include <ATen/core/Tensor.h>

#include <vector>

namespace robbench {

class TrainingPass {
 public:
  TrainingPass() = default;
  TrainingPass(const TrainingPass&) = delete;
  virtual ~TrainingPass() = default;

  // Logits [B, classes] of images [B, C, H, W].
  virtual at::Tensor Forward(const std::vector<at::Tensor>& state,
                             const at::Tensor& images) = 0;

  // By parameter, as Gradients::parameters (network.h); after Forward, once,
  // with the same state.
  virtual std::vector<at::Tensor> Backward(
      const std::vector<at::Tensor>& state,
      const at::Tensor& logit_gradient) = 0;

  // Moves the running statistics towards those of the last Forward.
  virtual void UpdateRunningStatistics(
      std::vector<at::Tensor>& state) const = 0;
};

}  // namespace robbench

#endif  // NAS_NETWORK_TRAINING_PASS_H_
