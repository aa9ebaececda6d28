#include "training/attack/cross_entropy.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/softmax.h>

namespace robbench {

at::Tensor CrossEntropy(const at::Tensor& logits, const at::Tensor& labels) {
  return at::log_softmax(logits, 1)
      .gather(1, labels.unsqueeze(1))
      .squeeze(1)
      .neg();
}

at::Tensor CrossEntropyGradient(const at::Tensor& logits,
                                const at::Tensor& labels) {
  at::Tensor gradient = at::softmax(logits, 1);
  const at::Tensor minus_one =
      at::full({labels.size(0), 1}, -1, logits.options());
  return gradient.scatter_add_(1, labels.unsqueeze(1), minus_one);
}

int64_t CountCorrect(const at::Tensor& logits, const at::Tensor& labels) {
  return logits.argmax(1).eq(labels).sum().item<int64_t>();
}

}  // namespace robbench
