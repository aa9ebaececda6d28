// Scores of a finished kernel: eigenvalues, their ratios, trace and norm
// (paper, section 5.3), and how well it fits the labels (paper, section 4). The
// linear algebra is Eigen's, in float64.
//
//   ROBBENCH_ASSIGN_OR_RETURN(
//       KernelScores s, ScoreKernel(kernel, {.labels = labels, .classes =
//       10}));
//   if (s.singular) ...  // s.condition_number is infinite
//
// A singular kernel is reported, never regularised.
#ifndef NTK_KERNEL_SCORES_H_
#define NTK_KERNEL_SCORES_H_

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace robbench {

// All scores of one kernel. They have the kernel's unit, squared logits per
// squared weight, where they are not ratios.
struct KernelScores {
  double min_eigenvalue;  // the smallest, with its sign
  double max_eigenvalue;  // the largest, with its sign
  // Largest over smallest eigenvalue in magnitude; infinity when singular.
  double condition_number;
  double trace;
  double frobenius_norm;
  // By ScoreOptions::ratios: the largest eigenvalue over the k-th smallest,
  // both with their signs (TE-NAS: Chen, Gong, Wang, ICLR 2021, section 3.1);
  // infinity where the latter is zero up to rounding.
  std::vector<double> eigenvalue_ratios;
  // With y_c 1 for images of class c and -1 for all others, n images:
  // the mean over the classes of y_c^T K^-1 y_c (infinity when singular)
  // and of the alignment y_c^T K y_c / (n |K|) (Cristianini, Shawe-Taylor,
  // Elisseeff, Kandola, NIPS 2001; 0 for a kernel of zeros).
  double label_complexity;
  double label_alignment;
  // Whether the smallest |eigenvalue| is zero up to rounding (SingularRatio).
  bool singular;
};

// What scores need beside the kernel.
struct ScoreOptions {
  std::vector<int64_t> labels;  // one an image, 0 ... classes-1
  int classes = 2;
  std::vector<int> ratios;       // each 1 ... images
  double gradient_roundoff = 0;  // of SingularRatio
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
// largest entry, or when an option does not fit it.
absl::StatusOr<KernelScores> ScoreKernel(const Eigen::MatrixXd& kernel,
                                         const ScoreOptions& options);

// Kbar + Kbar^T of a cross kernel.
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
