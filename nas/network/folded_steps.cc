#include "nas/network/folded_steps.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <utility>

#include "nas/network/network_operations.h"

namespace robbench {

using at::Tensor;

std::vector<FoldedStep> Fold(const NetworkPlan& plan,
                             const std::vector<Tensor>& state) {
  const std::vector<int> first = plan.FirstParameters();
  std::vector<FoldedStep> steps;
  for (size_t i = 0; i < plan.layers.size(); ++i) {
    const Layer& layer = plan.layers[i];
    if (!layer.live) continue;
    const int p = first[i];
    FoldedStep step{static_cast<int>(i), layer.output};
    if (layer.kind == LayerKind::kBatchNorm) {
      auto [scale, shift] =
          BatchNormAffine(state[p], state[p + 1], state[p + 2], state[p + 3]);
      // A convolution's output goes to its BatchNorm and nowhere else. The last
      // BatchNorm may follow another BatchNorm, and then stays a step.
      if (plan.layers[i - 1].kind == LayerKind::kConvolution &&
          plan.layers[i - 1].output == layer.inputs[0]) {
        FoldedStep& convolution = steps.back();
        convolution.weight = convolution.weight * scale.view({-1, 1, 1, 1});
        convolution.bias = shift;
        convolution.output = layer.output;
        continue;
      }
      step.weight = scale;
      step.bias = shift;
    } else if (layer.kind == LayerKind::kConvolution) {
      step.weight = state[p];
    } else if (layer.kind == LayerKind::kLinear) {
      step.weight = state[p];
      step.bias = state[p + 1];
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace robbench
