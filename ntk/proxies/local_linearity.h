// How much the input's gradient turns within the ball (Andriushchenko,
// Flammarion: "Understanding and improving fast adversarial training", NeurIPS
// 2020, "gradient alignment", there with a random point of the ball; after Qin
// et al.: "Adversarial robustness through local linearization", NeurIPS 2019):
//
//   mean over images of 1 - cos(dL/dx (x), dL/dx (x'))
//
// where x' is the attack's example of x and L an image's cross-entropy. The
// score goes from 0, where the loss is linear between the two, to 2. BatchNorm
// has the clean batch's statistics, fixed. The score is not a number where a
// gradient is zero, as in a dead cell.
#ifndef NTK_PROXIES_LOCAL_LINEARITY_H_
#define NTK_PROXIES_LOCAL_LINEARITY_H_

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

namespace robbench {

// Gradients [images, C, H, W] of each image's loss at x and at x'.
inline double LocalLinearity(const at::Tensor& clean,
                             const at::Tensor& attacked) {
  const at::Tensor a = clean.to(at::kDouble).reshape({clean.size(0), -1});
  const at::Tensor b = attacked.to(at::kDouble).reshape({clean.size(0), -1});
  const at::Tensor cosines = (a * b).sum(1) / (a.norm(2, 1) * b.norm(2, 1));
  return 1 - cosines.mean().item<double>();
}

}  // namespace robbench

#endif  // NTK_PROXIES_LOCAL_LINEARITY_H_
