// Counts on an attack suite how often an evaluation passes an image through the
// network, for estimates of time (`robbench plan`).
//
// The unit is a forward pass of one image. A gradient with respect to the image
// counts as two, since each convolution's backward pass costs what its forward
// pass does. Counts are exact for clean, FGSM and PGD. The other attacks leave
// out images that they have fooled, and there the count is the most that they
// can take.
#ifndef TRAINING_EVALUATION_ATTACK_COST_H_
#define TRAINING_EVALUATION_ATTACK_COST_H_

#include <cstdint>

#include "training/attack_suite.pb.h"

namespace robbench {

// Returns the passes of one image under a checked and resolved attack
// (attack_suite.h), or under all attacks of a group, with the pass that counts
// what the attack left.
int64_t MostForwardPasses(const Attack& attack);

// Whether the count depends on which images are fooled.
bool IsUpperBound(const AttackSuite& suite);

// Returns the passes of `images` images under a checked suite on a data set of
// `classes` classes. They include the self-checks: gradients of all images, and
// each attack without effect on the first batch.
int64_t MostForwardPasses(const AttackSuite& suite, int classes,
                          int64_t images);

}  // namespace robbench

#endif  // TRAINING_EVALUATION_ATTACK_COST_H_
