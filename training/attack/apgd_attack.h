// Auto-PGD in the L-infinity ball (Croce, Hein: "Reliable evaluation of
// adversarial robustness with an ensemble of diverse parameter-free attacks",
// ICML 2020, section 3): the iterates of apgd_trajectory.h on the
// cross-entropy, the DLR loss, or the targeted DLR loss (dlr_loss.h), one run
// a target class; targets are the likeliest other classes of the clean image.
//
// Every run starts from noise of its own. An image is left as soon as an
// iterate is misclassified, that iterate being the result; runs and steps go
// on for the others only. Where no run fools the network the result is the
// iterate of the highest loss of the last run. Images that are misclassified
// already are returned as they are.
#ifndef TRAINING_ATTACK_APGD_ATTACK_H_
#define TRAINING_ATTACK_APGD_ATTACK_H_

#include <ATen/core/Tensor.h>

#include "nas/network/folded_network.h"
#include "training/attack/attack_streams.h"

namespace robbench {

// The loss that an attack raises.
enum class ApgdLoss { kCrossEntropy, kDlr, kTargetedDlr };

// Lengths in units of the pixels' range 1.
struct ApgdOptions {
  double epsilon = 8 / 255.0;
  int steps = 100;
  int restarts = 1;  // runs, of each target where there are targets
  ApgdLoss loss = ApgdLoss::kCrossEntropy;
  int targets = 9;  // of kTargetedDlr: at most classes - 1
};

// Returns adversarial examples of `images` [B, C, H, W] in [0, 1] with `labels`
// int64 [B]. Run r draws its noise from the streams of step streams.step + r.
at::Tensor RunApgd(const FoldedNetwork& network, const at::Tensor& images,
                   const at::Tensor& labels, const ApgdOptions& options,
                   const AttackStreams& streams);

}  // namespace robbench

#endif  // TRAINING_ATTACK_APGD_ATTACK_H_
