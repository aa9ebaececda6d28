// The cross-entropy of logits in nats and its gradient, which is the loss of
// training and of most attacks. Logits are [B, classes], labels int64 [B].
#ifndef TRAINING_ATTACK_CROSS_ENTROPY_H_
#define TRAINING_ATTACK_CROSS_ENTROPY_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace robbench {

// Returns -log softmax(logits)[label] of each image, [B].
at::Tensor CrossEntropy(const at::Tensor& logits, const at::Tensor& labels);

// Returns the gradient of the sum of the losses, softmax(logits) -
// one_hot(labels), [B, classes].
at::Tensor CrossEntropyGradient(const at::Tensor& logits,
                                const at::Tensor& labels);

// Returns how many rows of `logits` have their largest entry, the first of
// equal ones, at the label.
int64_t CountCorrect(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace robbench

#endif  // TRAINING_ATTACK_CROSS_ENTROPY_H_
