#include "nas/network/training_pass.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <cstddef>

#include "nas/network/network_constants.h"
#include "nas/network/network_operations.h"

namespace robbench {
namespace {

std::vector<const float*> Pointers(const std::vector<at::Tensor>& tensors) {
  std::vector<const float*> pointers;
  for (const at::Tensor& tensor : tensors) {
    TORCH_CHECK(tensor.is_contiguous());
    pointers.push_back(tensor.data_ptr<float>());
  }
  return pointers;
}

}  // namespace

TrainingPass::TrainingPass(const NetworkPlan& plan,
                           const Normalizer& normalizer,
                           const TrainingPassOptions& options)
    : plan_(plan), normalizer_(normalizer) {
  if (!options.allow_engine || !TrainingEngine::Supports(plan)) return;
  engine_ =
      std::make_unique<TrainingEngine>(plan, PixelNormalizerOf(normalizer));
}

at::Tensor TrainingPass::Forward(const std::vector<at::Tensor>& state,
                                 const at::Tensor& images) {
  at::NoGradGuard no_graph;
  used_engine_ = engine_ != nullptr && images.is_cpu() &&
                 state[0].scalar_type() == at::kFloat;
  if (!used_engine_) {
    trace_ = robbench::Forward(plan_, normalizer_, state, images,
                               NetworkMode::kTrain);
    return trace_.logits();
  }
  const at::Tensor planar = images.contiguous();
  at::Tensor logits =
      at::empty({images.size(0), plan_.size.classes}, at::kFloat);
  engine_->Forward(planar.data_ptr<float>(), images.size(0), Pointers(state),
                   logits.data_ptr<float>());
  return logits;
}

std::vector<at::Tensor> TrainingPass::Backward(
    const std::vector<at::Tensor>& state, const at::Tensor& logit_gradient) {
  at::NoGradGuard no_graph;
  if (!used_engine_) {
    return robbench::Backward(plan_, normalizer_, state, trace_, logit_gradient)
        .parameters;
  }
  std::vector<at::Tensor> gradients(state.size());
  std::vector<float*> pointers(state.size(), nullptr);
  for (size_t p = 0; p < state.size(); ++p) {
    if (IsBuffer(plan_.parameters[p].kind)) continue;
    gradients[p] = at::empty(state[p].sizes(), at::kFloat);
    pointers[p] = gradients[p].data_ptr<float>();
  }
  const at::Tensor contiguous = logit_gradient.contiguous();
  engine_->Backward(contiguous.data_ptr<float>(), Pointers(state), pointers);
  return gradients;
}

void TrainingPass::UpdateRunningStatistics(
    std::vector<at::Tensor>& state) const {
  if (!used_engine_) {
    robbench::UpdateRunningStatistics(plan_, trace_, state);
    return;
  }
  constexpr float kKept = 1 - kBatchNormMomentum;
  constexpr float kTaken = kBatchNormMomentum;
  for (size_t p = 0; p < plan_.parameters.size(); ++p) {
    const Parameter& parameter = plan_.parameters[p];
    if (!IsBuffer(parameter.kind)) continue;
    const TrainingEngine::Statistics& statistics =
        engine_->statistics(parameter.layer);
    const std::vector<float>& batch =
        parameter.kind == ParameterKind::kRunningMean ? statistics.mean
                                                      : statistics.variance;
    float* running = state[p].data_ptr<float>();
    for (size_t c = 0; c < batch.size(); ++c) {
      running[c] = kKept * running[c] + kTaken * batch[c];
    }
  }
}

}  // namespace robbench
