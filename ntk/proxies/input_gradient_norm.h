// The size of the loss's gradient in the image, as a regulariser of robustness
// (Drucker, Le Cun: "Improving generalization performance using double
// backpropagation", 1992; Ross, Doshi-Velez, AAAI 2018), here in the norm that
// is dual to the attack's:
//
//   mean over images of |dL/dx|_1
//
// where L is an image's cross-entropy in nats and x lies in [0, 1]. Epsilon
// times this score is by how much the loss rises under FGSM, to first order.
// BatchNorm has the clean batch's statistics, fixed, so that images do not
// influence each other.
#ifndef NTK_PROXIES_INPUT_GRADIENT_NORM_H_
#define NTK_PROXIES_INPUT_GRADIENT_NORM_H_

#include <ATen/core/Tensor.h>

#include "ntk/proxies/network_pass.h"

namespace robbench {

// `gradients` [images, C, H, W] are those of each image's loss in the image.
inline double InputGradientNorm(const at::Tensor& gradients) {
  return Sum(gradients.abs()) / static_cast<double>(gradients.size(0));
}

}  // namespace robbench

#endif  // NTK_PROXIES_INPUT_GRADIENT_NORM_H_
