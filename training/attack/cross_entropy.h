// Cross-entropy of logits and its gradient, the loss of training and attacks.
#ifndef TRAINING_ATTACK_CROSS_ENTROPY_H_
#define TRAINING_ATTACK_CROSS_ENTROPY_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace robbench {

// -log softmax(logits)[label] of each image, [B]. Labels are int64 [B].
at::Tensor CrossEntropy(const at::Tensor& logits, const at::Tensor& labels);

// Gradient of the sum of the losses: softmax(logits) - one_hot(labels).
at::Tensor CrossEntropyGradient(const at::Tensor& logits,
                                const at::Tensor& labels);

// How many rows of `logits` have their largest entry, the first of equal ones,
// at the label.
int64_t CountCorrect(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace robbench

#endif  // TRAINING_ATTACK_CROSS_ENTROPY_H_
