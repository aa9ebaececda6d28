// The gradients of a set's images as the rows of a matrix. A kernel is formed
// from such rows, or else parameter by parameter (sample_gradients.h).
#ifndef NTK_GRADIENTS_GRADIENT_ROWS_H_
#define NTK_GRADIENTS_GRADIENT_ROWS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "nas/cpu/sample_gradient_engine.h"
#include "nas/network/backend.h"
#include "nas/network/normalizer.h"
#include "nas/network_plan.h"
#include "ntk/gradients/scalar_output.h"

namespace robbench {

// A source of rows.
struct GradientRows {
  // Where in a row each parameter's gradient is; the order of its numbers is
  // not stated. Parameters that the logits do not depend on are left out, as
  // their gradient is zero.
  std::vector<GradientPiece> pieces;

  // Computes the gradients of the scalar number `scalar` (scalar_output.h) at
  // `images` [N, image_channels, H, W], as [N, numbers] of the state's type.
  std::function<at::Tensor(const at::Tensor& images, int64_t scalar)> rows;
};

// Rows by SampleGradientEngine, with BatchNorm by its running statistics;
// nullopt where the engine cannot run. The state is copied.
std::optional<GradientRows> EngineGradientRows(
    const NetworkPlan& plan, const Normalizer& normalizer,
    const std::vector<at::Tensor>& state, const ScalarOutput& scalar,
    const at::Tensor& labels, bool weights_only);

// Rows with BatchNorm by the statistics of `images`. They cost one backward
// pass of all images for each image. Plan, state and backend must outlive the
// result.
GradientRows BatchGradientRows(const NetworkPlan& plan,
                               const Normalizer& normalizer,
                               const std::vector<at::Tensor>& state,
                               const ScalarOutput& scalar,
                               const at::Tensor& labels, bool weights_only,
                               const Backend& backend);

}  // namespace robbench

#endif  // NTK_GRADIENTS_GRADIENT_ROWS_H_
