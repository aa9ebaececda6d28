#include "ntk/gradients/scalar_output.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>

#include <limits>

namespace robbench {

int64_t ScalarCount(const ScalarOutput& output, int64_t classes) {
  return output.kind == ScalarOutput::kAllLogits ? classes : 1;
}

at::Tensor LogitGradients(const ScalarOutput& output, int64_t scalar,
                          const at::Tensor& logits, const at::Tensor& labels) {
  if (output.kind == ScalarOutput::kSumOfLogits) return at::ones_like(logits);
  at::Tensor gradients = at::zeros_like(logits);
  switch (output.kind) {
    case ScalarOutput::kSumOfLogits:
      break;
    case ScalarOutput::kOneClass:
      gradients.select(1, output.one_class).fill_(1);
      break;
    case ScalarOutput::kAllLogits:
      gradients.select(1, scalar).fill_(1);
      break;
    case ScalarOutput::kMargin: {
      const at::Tensor own = labels.unsqueeze(1);
      const at::Tensor other =
          logits.scatter(1, own, -std::numeric_limits<double>::infinity())
              .argmax(1, /*keepdim=*/true);
      gradients.scatter_(1, other, -1).scatter_(1, own, 1);
      break;
    }
  }
  return gradients;
}

}  // namespace robbench
