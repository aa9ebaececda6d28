// The smallest step, in the L-infinity norm, from a point of the unit cube to
// a hyperplane within the cube (Croce, Hein: "Minimally distorted adversarial
// examples with a fast adaptive boundary attack", ICML 2020, section 2.2):
//
//   min |d|   subject to   <w, x + d> = b,  0 <= x + d <= 1
//
// Moving every coordinate towards the hyperplane by lambda, as far as the cube
// lets it, brings <w, .> closer by sum |w_i| min(lambda, room_i), which is
// concave, rising and piecewise linear in lambda. Newton's method from 0 finds
// where it equals |<w, x> - b| from below, in a few steps and without sorting.
// Where the cube does not reach the hyperplane, d leads to its nearest corner.
#ifndef TRAINING_ATTACK_HYPERPLANE_PROJECTION_H_
#define TRAINING_ATTACK_HYPERPLANE_PROJECTION_H_

#include <ATen/core/Tensor.h>

namespace robbench {

// Returns the steps d [B, n] from the points x [B, n] in [0, 1] to the
// hyperplanes of normals w [B, n], where `excess` = <w, x> - b is [B].
at::Tensor StepToHyperplane(const at::Tensor& points, const at::Tensor& normals,
                            const at::Tensor& excess);

}  // namespace robbench

#endif  // TRAINING_ATTACK_HYPERPLANE_PROJECTION_H_
