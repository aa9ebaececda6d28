// Bounds the error of a network trained by Algorithm 1, from K_all(b) for the
// clean error and K~_all(b) for the robust one (paper, section 4). The paper
// says that with probability 1 - delta the error is at most of order
//
//   sqrt(y^T K^-1 y / N) + sqrt(log(1/delta) / N).
//
// The constants taken here make it the bound for the predictor that the theory
// puts in the network's place: the function f(x) = <theta, h(x)> of smallest
// norm with f(x_i) = y_i, h_i the mixed gradients whose Gram matrix is K. Its
// norm is B = sqrt(y^T K^-1 y), the empirical Rademacher complexity of all
// functions of norm at most B is at most B sqrt(tr K) / N, and the ramp loss at
// margin 1, which is at least the error, vanishes on the training inputs. So
// (Bartlett and Mendelson 2002), with probability 1 - delta,
//
//   error <= complexity + 3 sqrt(log(2/delta) / (2 N)),
//   complexity = 2 sqrt(tr K / N) sqrt(y^T K^-1 y / N).
//
// tr K / N stands for the theory's bound on the gradients' norm: it makes the
// value independent of the scale of K, on which no error depends. These lines
// take two steps from the theorem without a proof: that B does not depend on
// the sample (a union over a grid of B adds log log B / N below the root), and
// that the trained network is near the predictor.
#ifndef NTK_THEORY_GENERALISATION_BOUND_H_
#define NTK_THEORY_GENERALISATION_BOUND_H_

#include <Eigen/Core>

#include "absl/status/statusor.h"

namespace robbench {

// A bound on the share of misclassified inputs.
struct GeneralisationBound {
  double complexity;
  double bound;  // complexity and the term in delta; above 1 it says nothing
  double min_eigenvalue;  // of K
};

// Bounds the error for the kernel K [N, N], symmetric, the labels y [N] of -1
// and 1, and 0 < delta < 1. InvalidArgument when sizes or delta are not such;
// FailedPrecondition when K is singular, that is, when its smallest eigenvalue
// is not above N 2^-52 times the largest.
absl::StatusOr<GeneralisationBound> BoundError(const Eigen::MatrixXd& kernel,
                                               const Eigen::VectorXd& y,
                                               double delta);

}  // namespace robbench

#endif  // NTK_THEORY_GENERALISATION_BOUND_H_
