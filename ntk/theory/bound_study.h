// The theory's bounds against measured errors on two classes of a data set.
//
// For every network, seed and weight b: K_all(b) and K~_all(b) of the training
// images at the initial weights, the bounds that follow from them, the same
// network trained by Algorithm 1 from these weights, and its clean and robust
// error on test images. One attack (training.attack) makes x~ everywhere; of
// kernels, x^ by a whole attack around x~.
//
// Attacks know the label, so x~ carries it: bounds from kernels of x~ can be
// low for labels that cannot be learned. The control with shuffled labels
// shows how far the order of the bounds over b is that effect.
#ifndef NTK_THEORY_BOUND_STUDY_H_
#define NTK_THEORY_BOUND_STUDY_H_

#include "absl/status/statusor.h"
#include "ntk/theory/study_job.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// Shuffled labels: stream (seed, kShuffle, 2^31). Attack starts: (seed,
// kNtkAttack, 0, round, image), (seed, kEvaluationAttack, 0 for test images and
// 1 for training images, 0, image). Errors name file, field, what was expected
// and what was found; those of TrainMultiObjective and BoundError also name
// network, seed and b.
//
// job.kernels: "NETWORK/seed_N/KERNEL" for clean, cross, robust, cross_twice
// and robust_twice, of the training images of the two classes in the data
// set's order, at the initial weights; those of b are their mixtures
// (multi_objective_training.h).
absl::StatusOr<BoundStudyRecord> RunBoundStudy(const StudyJob& job);

}  // namespace robbench

#endif  // NTK_THEORY_BOUND_STUDY_H_
