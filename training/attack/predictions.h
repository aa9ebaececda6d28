// What attacks read from logits besides a loss. Shapes are logits [B, classes]
// and labels int64 [B].
#ifndef TRAINING_ATTACK_PREDICTIONS_H_
#define TRAINING_ATTACK_PREDICTIONS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace robbench {

// Returns a bool tensor [B, classes], true where an entry of `logits` is that
// of the image's class in `classes` (int64 [B]). It is made by comparison, as a
// scatter would be atomic on CUDA.
at::Tensor OneHot(const at::Tensor& classes, const at::Tensor& logits);

// Returns the positions, int64 [b], rising, of the images whose largest logit,
// the first of equal ones, is at the label: those that an attack has still to
// fool.
at::Tensor CorrectImages(const at::Tensor& logits, const at::Tensor& labels);

// Returns the first `count` classes other than the label, by falling logit,
// int64 [B, count]. `count` is at most classes - 1.
at::Tensor LikeliestOtherClasses(const at::Tensor& logits,
                                 const at::Tensor& labels, int64_t count);

// Returns the logit of the label minus the largest other one, [B]. It is
// positive where the image is classified correctly.
at::Tensor Margin(const at::Tensor& logits, const at::Tensor& labels);

// Returns the positions where `mask` (bool [B]) is set, int64 [b], rising.
at::Tensor Positions(const at::Tensor& mask);

}  // namespace robbench

#endif  // TRAINING_ATTACK_PREDICTIONS_H_
