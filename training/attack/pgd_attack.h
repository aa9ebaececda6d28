// The attack PGD, projected gradient descent in the L-infinity ball (Madry,
// Makelov, Schmidt, Tsipras, Vladu: "Towards deep learning models resistant to
// adversarial attacks", ICLR 2018, equation of section 2.1). From a uniform
// random start, clipped to [0, 1], it goes
//
//   x(t+1) = clip(x + project(x(t) + alpha * sign(grad L(x(t))) - x), 0, 1)
//
// with the cross-entropy L and the projection on |.| <= epsilon. The result is
// the last iterate of one run, as in the benchmark's own code. With restarts or
// `best_iterate` it is, of all candidates of an image, one that fools the
// network, and of several such, or of none, the one of the highest loss.
//
//   PgdOptions options{.epsilon = 8 / 255.0, .step_size = 2 / 255.0,
//                      .steps = 7};
//   at::Tensor adversarial = RunPgd(
//       network, images, labels, options,
//       {.seed = 0, .purpose = Purpose::kTrainingAttack, .epoch = epoch,
//        .samples = positions});
#ifndef TRAINING_ATTACK_PGD_ATTACK_H_
#define TRAINING_ATTACK_PGD_ATTACK_H_

#include <ATen/core/Tensor.h>

#include "nas/network/folded_network.h"
#include "training/attack/attack_streams.h"

namespace robbench {

// Lengths in units of the pixels' range 1.
struct PgdOptions {
  double epsilon = 8 / 255.0;
  double step_size = 2 / 255.0;
  int steps = 7;
  bool random_start = true;
  int restarts = 1;           // runs; more than one need a random start
  bool best_iterate = false;  // of all iterates, not the last one
};

// Returns clip(images + noise, 0, 1), with noise uniform in +-epsilon from
// `streams` (UniformNoise).
at::Tensor RandomStart(const at::Tensor& images, double epsilon,
                       const AttackStreams& streams);

// Returns `iterate` moved one step along `gradient` and projected: the equation
// above. All tensors are [B, C, H, W].
at::Tensor PgdStep(const at::Tensor& images, const at::Tensor& iterate,
                   const at::Tensor& gradient, double epsilon,
                   double step_size);

// Returns the last iterate of one run from `start`, which must lie in the ball.
// Only options.epsilon, step_size and steps are used.
at::Tensor RunPgdFrom(const FoldedNetwork& network, const at::Tensor& images,
                      const at::Tensor& labels, const at::Tensor& start,
                      const PgdOptions& options);

// Returns adversarial examples of `images` [B, C, H, W] in [0, 1] with `labels`
// int64 [B]. Restart r draws from the streams of step streams.step + r.
at::Tensor RunPgd(const FoldedNetwork& network, const at::Tensor& images,
                  const at::Tensor& labels, const PgdOptions& options,
                  const AttackStreams& streams);

}  // namespace robbench

#endif  // TRAINING_ATTACK_PGD_ATTACK_H_
