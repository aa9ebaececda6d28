// Scores of a finished kernel: eigenvalues, condition number, trace, norm
// (paper, section 5.3). Linear algebra in float64; no LibTorch.
//
//   ROBBENCH_ASSIGN_OR_RETURN(KernelScores s, ScoreKernel(kernel, 0));
//   if (s.singular) ...  // s.condition_number is infinite
//
// A singular kernel is reported, never regularised.
#ifndef NTK_KERNEL_SCORES_H_
#define NTK_KERNEL_SCORES_H_

#include <Eigen/Core>

#include "absl/status/statusor.h"

namespace robbench {

struct KernelScores {
  double min_eigenvalue;  // the smallest, with its sign
  double max_eigenvalue;  // the largest, with its sign
  // Largest over smallest eigenvalue in magnitude; infinity when singular.
  double condition_number;
  double trace;
  double frobenius_norm;
  bool singular;
};

// The largest |eigenvalue| ratio, smallest to largest, at which a kernel of n
// images counts as singular: rounding hides anything smaller. n 2^-52 comes
// from float64 eigenvalues. Gradients with unit roundoff u add (n u)^2: a
// singular value of the gradients below n u times the largest is noise, and
// eigenvalues are squares of singular values. `gradient_roundoff` is 2^-24 for
// float32, 2^-53 for float64.
double SingularRatio(int images, double gradient_roundoff);

// `kernel` is symmetric; for the cross kernel Kbar score Kbar + Kbar^T
// (Symmetrized), which need not be positive semi-definite. InvalidArgument
// when it is empty, not square, not finite, or not symmetric to 1e-9 of its
// largest entry.
absl::StatusOr<KernelScores> ScoreKernel(const Eigen::MatrixXd& kernel,
                                         double gradient_roundoff);

inline Eigen::MatrixXd Symmetrized(const Eigen::MatrixXd& cross) {
  return cross + cross.transpose();
}

// K_all(b) = (1-b)^2 K + b (1-b) (Kbar + Kbar^T) + b^2 K~, the Gram matrix of
// the mixed gradients (1-b) g(x) + b g(x~). InvalidArgument when b is outside
// [0, 1] or the sizes differ.
absl::StatusOr<Eigen::MatrixXd> MixedKernel(const Eigen::MatrixXd& clean,
                                            const Eigen::MatrixXd& cross,
                                            const Eigen::MatrixXd& robust,
                                            double b);

}  // namespace robbench

#endif  // NTK_KERNEL_SCORES_H_
