// What attacks ask of logits besides a loss. Shapes: logits [B, classes],
// labels int64 [B].
#ifndef TRAINING_ATTACK_PREDICTIONS_H_
#define TRAINING_ATTACK_PREDICTIONS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace robbench {

// Whether each entry of `logits` is that of `classes` (int64 [B]), bool
// [B, classes]. By comparison: a scatter would be atomic on CUDA.
at::Tensor OneHot(const at::Tensor& classes, const at::Tensor& logits);

// Positions of the images whose largest logit, the first of equal ones, is at
// the label: those that an attack has still to fool. int64 [b], rising.
at::Tensor CorrectImages(const at::Tensor& logits, const at::Tensor& labels);

// The classes other than the label, by falling logit: the first `count` of
// them, int64 [B, count]. `count` is at most classes - 1.
at::Tensor LikeliestOtherClasses(const at::Tensor& logits,
                                 const at::Tensor& labels, int64_t count);

// The logit of the label minus the largest other one, [B]: positive where the
// image is classified correctly.
at::Tensor Margin(const at::Tensor& logits, const at::Tensor& labels);

// Positions where `mask` (bool [B]) is set, int64 [b], rising.
at::Tensor Positions(const at::Tensor& mask);

}  // namespace robbench

#endif  // TRAINING_ATTACK_PREDICTIONS_H_
