// The targeted fast adaptive boundary attack in the L-infinity norm (Croce,
// Hein: "Minimally distorted adversarial examples with a fast adaptive boundary
// attack", ICML 2020, Algorithm 1; targeted as in "Reliable evaluation of
// adversarial robustness ...", ICML 2020). It makes one run for each target
// class t; targets are the likeliest other classes of the clean image x0. With
// the hyperplane z_t - z_y = 0 linearised at x, and d(x), d(x0) the steps that
// lead to it from x and x0 (hyperplane_projection.h):
//
//   alpha = min(|d(x)| / (|d(x)| + |d(x0)|), alpha_max)
//   x    <- clip((1 - alpha) (x + eta d(x)) + alpha (x0 + eta d(x0)), 0, 1)
//
// and wherever the new x is misclassified, x <- x0 + beta (x - x0).
//
// FAB looks for the nearest adversarial example. Here an image is left as soon
// as one is found within epsilon, which is the result. Images without one, and
// images that are misclassified already, are returned as they are. Nothing is
// random.
#ifndef TRAINING_ATTACK_FAB_ATTACK_H_
#define TRAINING_ATTACK_FAB_ATTACK_H_

#include <ATen/core/Tensor.h>

#include "nas/network/folded_network.h"

namespace robbench {

// Lengths in units of the pixels' range 1.
struct FabOptions {
  double epsilon = 8 / 255.0;
  int steps = 100;
  int targets = 9;  // at most classes - 1
  double alpha_max = 0.1;
  double eta = 1.05;
  double beta = 0.9;
};

// Returns adversarial examples of `images` [B, C, H, W] in [0, 1] with `labels`
// int64 [B].
at::Tensor RunFab(const FoldedNetwork& network, const at::Tensor& images,
                  const at::Tensor& labels, const FabOptions& options);

}  // namespace robbench

#endif  // TRAINING_ATTACK_FAB_ATTACK_H_
