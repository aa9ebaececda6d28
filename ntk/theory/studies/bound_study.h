// Compares the theory's bounds with measured errors on two classes of a data
// set (paper, section 4).
//
// For every network, seed and weight b it computes K_all(b) and K~_all(b) of
// the training images at the initial weights and the bounds that follow from
// them. It trains the same network by Algorithm 1 from these weights and
// measures its clean and robust error on test images. One attack
// (training.attack) makes all x~; for kernels, x^ is made by a whole attack
// around x~.
//
// Attacks know the label, so x~ carries it: bounds from kernels of x~ can be
// low for labels that cannot be learned. The control with shuffled labels
// shows how far the order of the bounds over b is that effect.
#ifndef NTK_THEORY_STUDIES_BOUND_STUDY_H_
#define NTK_THEORY_STUDIES_BOUND_STUDY_H_

#include "absl/status/statusor.h"
#include "ntk/theory/studies/study_job.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// Runs the study. Labels are shuffled by the stream (seed, kShuffle, 2^31).
// Attacks start from the streams (seed, kNtkAttack, 0, round, image) for
// kernels and (seed, kEvaluationAttack, 0 for test images and 1 for training
// images, 0, image) for errors. Errors name file, field, what was expected and
// what was found; those of TrainMultiObjective and BoundError also name
// network, seed and b. ResourceExhausted where gradients would take more than
// 512 MiB.
//
// If job.kernels is set, it receives "NETWORK/seed_N/KERNEL" for the kernels
// clean, cross, robust, cross_twice and robust_twice of the training images of
// the two classes, in the data set's order, at the initial weights. The kernels
// of each b are their mixtures (MixedKernel, ntk/kernel_scores.h).
absl::StatusOr<BoundStudyRecord> RunBoundStudy(const StudyJob& job);

}  // namespace robbench

#endif  // NTK_THEORY_STUDIES_BOUND_STUDY_H_
