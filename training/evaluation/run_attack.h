// Runs an attack of a suite: turns its message (training/attack_suite.proto)
// into a call of a function in training/attack. Lengths are in units of 1/255
// in the message and of the pixels' range 1 in those functions.
#ifndef TRAINING_EVALUATION_RUN_ATTACK_H_
#define TRAINING_EVALUATION_RUN_ATTACK_H_

#include <ATen/core/Tensor.h>

#include "nas/network/folded_network.h"
#include "training/attack/attack_streams.h"
#include "training/attack_suite.pb.h"

namespace robbench {

// Returns adversarial examples of `images` [B, C, H, W] in [0, 1] with `labels`
// int64 [B], by a checked and resolved attack (attack_suite.h) that is no
// group. Clean gives the images themselves.
at::Tensor RunAttack(const FoldedNetwork& network, const Attack& attack,
                     const at::Tensor& images, const at::Tensor& labels,
                     const AttackStreams& streams);

// Returns the same attack with the fewest steps and an epsilon of 0, for
// self-checks: it must not change any answer.
Attack WithoutEffect(const Attack& attack);

}  // namespace robbench

#endif  // TRAINING_EVALUATION_RUN_ATTACK_H_
