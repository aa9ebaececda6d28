#include "training/attack/predictions.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>

#include <limits>

namespace robbench {
namespace {

at::Tensor WithoutLabel(const at::Tensor& logits, const at::Tensor& labels) {
  return logits.masked_fill(OneHot(labels, logits),
                            -std::numeric_limits<double>::infinity());
}

}  // namespace

at::Tensor OneHot(const at::Tensor& classes, const at::Tensor& logits) {
  return classes.unsqueeze(1).eq(at::arange(logits.size(1), classes.options()));
}

at::Tensor Positions(const at::Tensor& mask) {
  return mask.nonzero().squeeze(1);
}

at::Tensor CorrectImages(const at::Tensor& logits, const at::Tensor& labels) {
  return Positions(logits.argmax(1).eq(labels));
}

at::Tensor LikeliestOtherClasses(const at::Tensor& logits,
                                 const at::Tensor& labels, int64_t count) {
  return WithoutLabel(logits, labels)
      .argsort(/*dim=*/1, /*descending=*/true)
      .narrow(1, 0, count)
      .contiguous();
}

at::Tensor Margin(const at::Tensor& logits, const at::Tensor& labels) {
  return logits.gather(1, labels.unsqueeze(1)).squeeze(1) -
         WithoutLabel(logits, labels).amax(1);
}

}  // namespace robbench
