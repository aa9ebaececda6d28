#include "training/attack/cross_entropy.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/softmax.h>

#include <cstdint>

namespace robbench {

at::Tensor CrossEntropy(const at::Tensor& logits, const at::Tensor& labels) {
  return at::log_softmax(logits, 1)
      .gather(1, labels.unsqueeze(1))
      .squeeze(1)
      .neg();
}

at::Tensor CrossEntropyGradient(const at::Tensor& logits,
                                const at::Tensor& labels) {
  // Made by comparison, as a scatter would be atomic additions on CUDA, which
  // are not deterministic.
  const at::Tensor one_hot =
      labels.unsqueeze(1).eq(at::arange(logits.size(1), labels.options()));
  return at::softmax(logits, 1).sub_(one_hot.to(logits.scalar_type()));
}

int64_t CountCorrect(const at::Tensor& logits, const at::Tensor& labels) {
  return logits.argmax(1).eq(labels).sum().item<int64_t>();
}

}  // namespace robbench
