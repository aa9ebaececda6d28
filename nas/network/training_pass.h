// The train-mode half of a training step: forward by the batch's statistics,
// gradients of all parameters, and the update of the running statistics. On
// the CPU in float32 by TrainingEngine where it can, else by network.h; the
// same function up to rounding.
//
//   TrainingPass pass(plan, normalizer);
//   at::Tensor logits = pass.Forward(state, images);
//   std::vector<at::Tensor> gradients = pass.Backward(state, logit_gradient);
//   pass.UpdateRunningStatistics(state);
//
// LibTorch's exceptions pass through.
#ifndef NAS_NETWORK_TRAINING_PASS_H_
#define NAS_NETWORK_TRAINING_PASS_H_

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "nas/cpu/training_engine.h"
#include "nas/network/network.h"
#include "nas/network_plan.h"

namespace robbench {

struct TrainingPassOptions {
  bool allow_engine = true;
};

class TrainingPass {
 public:
  TrainingPass(const NetworkPlan& plan, const Normalizer& normalizer,
               const TrainingPassOptions& options = {});

  // Logits [B, classes] of images [B, C, H, W].
  at::Tensor Forward(const std::vector<at::Tensor>& state,
                     const at::Tensor& images);

  // By parameter, as Gradients::parameters; after Forward, same state.
  std::vector<at::Tensor> Backward(const std::vector<at::Tensor>& state,
                                   const at::Tensor& logit_gradient);

  // Moves the running statistics towards those of the last Forward.
  void UpdateRunningStatistics(std::vector<at::Tensor>& state) const;

 private:
  const NetworkPlan plan_;
  const Normalizer normalizer_;
  std::unique_ptr<TrainingEngine> engine_;
  bool used_engine_ = false;
  Trace trace_;
};

}  // namespace robbench

#endif  // NAS_NETWORK_TRAINING_PASS_H_
