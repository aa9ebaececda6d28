// Whole gradients of a set's images, a row an image: where a kernel is formed
// from rows, not layer by layer (sample_gradients.h).
#ifndef NTK_GRADIENT_ROWS_H_
#define NTK_GRADIENT_ROWS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "nas/cpu/sample_gradient_engine.h"
#include "nas/network/backend.h"
#include "nas/network/network.h"
#include "nas/network_plan.h"
#include "ntk/scalar_output.h"

namespace robbench {

struct GradientRows {
  // Where in a row the parameters' gradients are, each in some order of its
  // own. Parameters that the logits do not depend on are left out: their
  // gradient is zero.
  std::vector<GradientPiece> pieces;

  // [N, numbers] of the state's type: gradients of the scalar number `scalar`
  // at `images` [N, image_channels, H, W].
  std::function<at::Tensor(const at::Tensor& images, int64_t scalar)> rows;
};

// BatchNorm by its running statistics; none where SampleGradientEngine cannot
// run.
std::optional<GradientRows> EngineGradientRows(
    const NetworkPlan& plan, const Normalizer& normalizer,
    const std::vector<at::Tensor>& state, const ScalarOutput& scalar,
    const at::Tensor& labels, bool weights_only);

// BatchNorm by the statistics of `images`: one backward pass of them all for
// each. State and backend must outlive the result.
GradientRows BatchGradientRows(const NetworkPlan& plan,
                               const Normalizer& normalizer,
                               const std::vector<at::Tensor>& state,
                               const ScalarOutput& scalar,
                               const at::Tensor& labels, bool weights_only,
                               const Backend& backend);

}  // namespace robbench

#endif  // NTK_GRADIENT_ROWS_H_
