// The size of the loss's gradient in the image, as a regulariser of robustness
// (Drucker, Le Cun: "Improving generalization performance using double
// backpropagation", 1992; Ross, Doshi-Velez, AAAI 2018), here in the norm that
// is dual to the attack's:
//
//   mean over images of |dL/dx|_1
//
// L an image's cross-entropy in nats, x in [0, 1]: epsilon times it is what the
// loss rises by under FGSM, to first order. BatchNorm has the clean batch's
// statistics, fixed, so that images do not meet.
#ifndef NTK_PROXIES_INPUT_GRADIENT_NORM_H_
#define NTK_PROXIES_INPUT_GRADIENT_NORM_H_

#include <ATen/core/Tensor.h>

#include "ntk/proxies/network_pass.h"

namespace robbench {

// `gradients` [images, C, H, W] of each image's loss.
inline double InputGradientNorm(const at::Tensor& gradients) {
  return Sum(gradients.abs()) / static_cast<double>(gradients.size(0));
}

}  // namespace robbench

#endif  // NTK_PROXIES_INPUT_GRADIENT_NORM_H_
