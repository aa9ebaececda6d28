// The difference of logits ratio loss and its targeted form (Croce, Hein:
// "Reliable evaluation of adversarial robustness with an ensemble of diverse
// parameter-free attacks", ICML 2020, Eq. (6) and (7)):
//
//   DLR(z, y)     = -(z_y - max_{i != y} z_i) / (z_p1 - z_p3)
//   DLR(z, y, t)  = -(z_y - z_t) / (z_p1 - (z_p3 + z_p4) / 2)
//
// with z_p1 >= z_p2 >= ... the sorted logits. The loss does not change with
// shift and scale of the logits, so a confident network cannot hide its
// gradient. 1e-12 is added to the denominators.
//
// Shapes are logits [B, classes], labels and targets int64 [B]. There must be 3
// classes at least, 4 for the targeted form.
#ifndef TRAINING_ATTACK_DLR_LOSS_H_
#define TRAINING_ATTACK_DLR_LOSS_H_

#include <ATen/core/Tensor.h>

namespace robbench {

// A loss that an attack raises, and its gradient.
struct LossAndGradient {
  at::Tensor loss;      // [B]
  at::Tensor gradient;  // of the sum of losses in the logits, [B, classes]
};

// DLR(z, y).
LossAndGradient DlrLoss(const at::Tensor& logits, const at::Tensor& labels);

// DLR(z, y, t), for targets other than the labels.
LossAndGradient TargetedDlrLoss(const at::Tensor& logits,
                                const at::Tensor& labels,
                                const at::Tensor& targets);

}  // namespace robbench

#endif  // TRAINING_ATTACK_DLR_LOSS_H_
