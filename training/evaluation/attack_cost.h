// How often an evaluation passes an image through the network, counted on its
// attack suite. No LibTorch.
//
// Unit: forward passes of one image. A gradient with respect to the image is
// two (each convolution's backward pass costs what its forward pass does).
// Exact for clean, FGSM and PGD; the other attacks leave out images that they
// have fooled, and there the count is the most that they can take.
#ifndef TRAINING_EVALUATION_ATTACK_COST_H_
#define TRAINING_EVALUATION_ATTACK_COST_H_

#include <cstdint>

#include "training/attack_suite.pb.h"

namespace robbench {

// Of one image under a checked and resolved attack (attack_suite.h), and under
// all attacks of a group; with the pass that counts what the attack left.
int64_t MostForwardPasses(const Attack& attack);

// Whether the count hangs on which images are fooled.
bool IsUpperBound(const AttackSuite& suite);

// Of `images` images under a checked suite on a data set of `classes` classes,
// with the self-checks: gradients of all images, and each attack without
// effect on the first batch.
int64_t MostForwardPasses(const AttackSuite& suite, int classes,
                          int64_t images);

}  // namespace robbench

#endif  // TRAINING_EVALUATION_ATTACK_COST_H_
