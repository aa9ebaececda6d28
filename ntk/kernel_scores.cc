#include "ntk/kernel_scores.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace robbench {

double SingularRatio(int images, double gradient_roundoff) {
  const double gradients = images * gradient_roundoff;
  return std::max(images * 0x1p-52, gradients * gradients);
}

absl::StatusOr<KernelScores> ScoreKernel(const Eigen::MatrixXd& kernel,
                                         double gradient_roundoff) {
  if (kernel.rows() == 0 || kernel.rows() != kernel.cols()) {
    return absl::InvalidArgumentError(
        absl::StrCat("kernel: expected a square matrix, found ", kernel.rows(),
                     " x ", kernel.cols()));
  }
  if (!kernel.allFinite()) {
    return absl::InvalidArgumentError(
        "kernel: expected finite entries, found NaN or infinity");
  }
  const double largest_entry = kernel.cwiseAbs().maxCoeff();
  const double asymmetry = (kernel - kernel.transpose()).cwiseAbs().maxCoeff();
  if (asymmetry > 1e-9 * largest_entry) {
    return absl::InvalidArgumentError(
        absl::StrCat("kernel: expected a symmetric matrix, found entries that "
                     "differ by ",
                     asymmetry));
  }
  KernelScores scores;
  scores.trace = kernel.trace();
  // stableNorm: kernels of deep networks at initialisation can be so small
  // that squares of their entries underflow.
  scores.frobenius_norm = kernel.reshaped().stableNorm();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
      kernel, Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) {
    return absl::InternalError("kernel: the eigenvalues do not converge");
  }
  const Eigen::VectorXd& eigenvalues = solver.eigenvalues();
  scores.min_eigenvalue = eigenvalues.minCoeff();
  scores.max_eigenvalue = eigenvalues.maxCoeff();
  const double largest = eigenvalues.cwiseAbs().maxCoeff();
  const double smallest = eigenvalues.cwiseAbs().minCoeff();
  const int images = static_cast<int>(kernel.rows());
  scores.singular =
      smallest <= SingularRatio(images, gradient_roundoff) * largest;
  scores.condition_number = scores.singular
                                ? std::numeric_limits<double>::infinity()
                                : largest / smallest;
  return scores;
}

absl::StatusOr<Eigen::MatrixXd> MixedKernel(const Eigen::MatrixXd& clean,
                                            const Eigen::MatrixXd& cross,
                                            const Eigen::MatrixXd& robust,
                                            double b) {
  if (!(b >= 0 && b <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("b: expected 0 to 1, found ", b));
  }
  const auto same = [&](const Eigen::MatrixXd& other) {
    return other.rows() == clean.rows() && other.cols() == clean.cols();
  };
  if (clean.rows() != clean.cols() || !same(cross) || !same(robust)) {
    return absl::InvalidArgumentError(
        "kernels: expected square matrices of one size");
  }
  return Eigen::MatrixXd((1 - b) * (1 - b) * clean +
                         b * (1 - b) * Symmetrized(cross) + b * b * robust);
}

}  // namespace robbench
