// An attack of a suite, run: from attack_suite.proto to training/attack.
#ifndef TRAINING_EVALUATION_RUN_ATTACK_H_
#define TRAINING_EVALUATION_RUN_ATTACK_H_

#include <ATen/core/Tensor.h>

#include "nas/network/folded_network.h"
#include "training/attack/attack_streams.h"
#include "training/attack_suite.pb.h"

namespace robbench {

// Adversarial examples of `images` [B, C, H, W] in [0, 1], `labels` int64 [B],
// by a checked and resolved attack (attack_suite.h) that is no group.
at::Tensor RunAttack(const FoldedNetwork& network, const Attack& attack,
                     const at::Tensor& images, const at::Tensor& labels,
                     const AttackStreams& streams);

// The same attack in the least steps and with an epsilon of 0, for self-checks.
Attack WithoutEffect(const Attack& attack);

}  // namespace robbench

#endif  // TRAINING_EVALUATION_RUN_ATTACK_H_
