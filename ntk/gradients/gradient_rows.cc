#include "ntk/gradients/gradient_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>

#include <memory>

#include "nas/network/cpu_backend.h"
#include "nas/network/normalizer.h"
#include "nas/network/training_pass.h"

namespace robbench {

std::optional<GradientRows> EngineGradientRows(
    const NetworkPlan& plan, const Normalizer& normalizer,
    const std::vector<at::Tensor>& state, const ScalarOutput& scalar,
    const at::Tensor& labels, bool weights_only) {
  if (!state[0].is_cpu() || state[0].scalar_type() != at::kFloat ||
      !SampleGradientEngine::Supports(plan)) {
    return std::nullopt;
  }
  std::vector<at::Tensor> kept;
  std::vector<const float*> data;
  for (const at::Tensor& tensor : state) {
    kept.push_back(tensor.contiguous());
    data.push_back(kept.back().data_ptr<float>());
  }
  const auto network = std::make_shared<SampleGradientEngine>(
      plan, PixelNormalizerOf(normalizer), data, weights_only);
  const int64_t classes = plan.size.classes;
  return GradientRows{
      .pieces = network->pieces(),
      .rows = [network, scalar, labels, classes](const at::Tensor& images,
                                                 int64_t number) {
        const at::Tensor planar = images.to(at::kFloat).contiguous();
        const int64_t count = planar.size(0);
        const int64_t pixels = planar.numel() / count;
        at::Tensor rows = at::empty({count, network->row_floats()}, at::kFloat);
        const at::Tensor logits = at::empty({1, classes}, at::kFloat);
        for (int64_t i = 0; i < count; ++i) {
          network->Forward(planar.data_ptr<float>() + i * pixels,
                           logits.data_ptr<float>());
          const at::Tensor gradient =
              LogitGradients(scalar, number, logits, labels.narrow(0, i, 1));
          network->Backward(gradient.data_ptr<float>(),
                            rows.data_ptr<float>() + i * network->row_floats());
        }
        return rows;
      }};
}

GradientRows BatchGradientRows(const NetworkPlan& plan,
                               const Normalizer& normalizer,
                               const std::vector<at::Tensor>& state,
                               const ScalarOutput& scalar,
                               const at::Tensor& labels, bool weights_only,
                               const Backend& backend) {
  GradientRows result{.pieces = GradientPieces(plan, weights_only)};
  int64_t numbers = 0;
  for (const GradientPiece& piece : result.pieces) numbers += piece.floats;
  result.rows = [&plan, &state, &backend, normalizer, scalar, labels, numbers,
                 pieces = result.pieces](const at::Tensor& images,
                                         int64_t number) {
    const std::unique_ptr<TrainingPass> pass =
        backend.MakeTrainingPass(plan, normalizer, state);
    const at::Tensor batch = images.to(state[0].options());
    at::Tensor logits = pass->Forward(state, batch);
    const at::Tensor all = LogitGradients(scalar, number, logits, labels);
    const int64_t count = batch.size(0);
    at::Tensor rows = at::empty({count, numbers}, state[0].options());
    for (int64_t i = 0; i < count; ++i) {
      // A backward pass needs a forward pass of its own, as it overwrites what
      // that has kept.
      if (i > 0) pass->Forward(state, batch);
      at::Tensor one = at::zeros_like(all);
      one[i] = all[i];
      const std::vector<at::Tensor> gradients = pass->Backward(state, one);
      for (const GradientPiece& piece : pieces) {
        rows[i]
            .narrow(0, piece.first, piece.floats)
            .copy_(gradients[piece.parameter].flatten());
      }
    }
    return rows;
  };
  return result;
}

}  // namespace robbench
