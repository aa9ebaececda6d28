// The attack FGSM, the fast gradient sign method (Goodfellow, Shlens, Szegedy:
// "Explaining and harnessing adversarial examples", ICLR 2015, equation of
// section 4):
//
//   x' = clip(x + epsilon * sign(grad L), 0, 1)
//
// with the cross-entropy L. There is no random start.
#ifndef TRAINING_ATTACK_FGSM_ATTACK_H_
#define TRAINING_ATTACK_FGSM_ATTACK_H_

#include <ATen/core/Tensor.h>

#include "nas/network/folded_network.h"

namespace robbench {

// Returns adversarial examples of `images` [B, C, H, W] in [0, 1] with `labels`
// int64 [B]. `epsilon` is in units of the pixels' range 1. Where the gradient
// is zero, as in a dead cell, the image stays as it is.
at::Tensor RunFgsm(const FoldedNetwork& network, const at::Tensor& images,
                   const at::Tensor& labels, double epsilon);

}  // namespace robbench

#endif  // TRAINING_ATTACK_FGSM_ATTACK_H_
