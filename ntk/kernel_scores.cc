#include "ntk/kernel_scores.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

absl::Status CheckOptions(int64_t images, const ScoreOptions& options) {
  if (options.classes < 1 ||
      static_cast<int64_t>(options.labels.size()) != images) {
    return absl::InvalidArgumentError(absl::StrCat(
        "labels: expected ", images, ", found ", options.labels.size()));
  }
  for (const int64_t label : options.labels) {
    if (label < 0 || label >= options.classes) {
      return absl::InvalidArgumentError(absl::StrCat(
          "labels: expected 0 to ", options.classes - 1, ", found ", label));
    }
  }
  for (const int k : options.ratios) {
    if (k < 1 || k > images) {
      return absl::InvalidArgumentError(
          absl::StrCat("ratios: expected 1 to ", images, ", found ", k));
    }
  }
  return absl::OkStatus();
}

// Returns [images, classes] with 1 at an image's class and -1 elsewhere.
Eigen::MatrixXd Targets(const ScoreOptions& options) {
  Eigen::MatrixXd targets = Eigen::MatrixXd::Constant(
      static_cast<int64_t>(options.labels.size()), options.classes, -1);
  for (size_t i = 0; i < options.labels.size(); ++i) {
    targets(i, options.labels[i]) = 1;
  }
  return targets;
}

}  // namespace

double SingularRatio(int images, double gradient_roundoff) {
  const double gradients = images * gradient_roundoff;
  return std::max(images * 0x1p-52, gradients * gradients);
}

absl::StatusOr<KernelScores> ScoreKernel(const Eigen::MatrixXd& kernel,
                                         const ScoreOptions& options) {
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
  ROBBENCH_RETURN_IF_ERROR(CheckOptions(kernel.rows(), options));
  KernelScores scores;
  scores.trace = kernel.trace();
  // stableNorm: kernels of deep networks at initialisation can be so small
  // that squares of their entries underflow.
  scores.frobenius_norm = kernel.reshaped().stableNorm();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(kernel);
  if (solver.info() != Eigen::Success) {
    return absl::InternalError("kernel: the eigenvalues do not converge");
  }
  const Eigen::VectorXd& eigenvalues = solver.eigenvalues();
  scores.min_eigenvalue = eigenvalues.minCoeff();
  scores.max_eigenvalue = eigenvalues.maxCoeff();
  const double largest = eigenvalues.cwiseAbs().maxCoeff();
  const double smallest = eigenvalues.cwiseAbs().minCoeff();
  const int images = static_cast<int>(kernel.rows());
  const double zero =
      SingularRatio(images, options.gradient_roundoff) * largest;
  scores.singular = smallest <= zero;
  scores.condition_number = scores.singular ? kInfinity : largest / smallest;
  for (const int k : options.ratios) {
    const double kth = eigenvalues[k - 1];  // ascending
    scores.eigenvalue_ratios.push_back(
        std::abs(kth) <= zero ? kInfinity : scores.max_eigenvalue / kth);
  }
  const Eigen::MatrixXd targets = Targets(options);
  scores.label_complexity = kInfinity;
  if (!scores.singular) {
    const Eigen::MatrixXd parts = solver.eigenvectors().transpose() * targets;
    scores.label_complexity = (eigenvalues.cwiseInverse().asDiagonal() * parts)
                                  .cwiseProduct(parts)
                                  .sum() /
                              options.classes;
  }
  scores.label_alignment = 0;
  if (scores.frobenius_norm > 0) {
    scores.label_alignment =
        (kernel / scores.frobenius_norm * targets).cwiseProduct(targets).sum() /
        (static_cast<double>(images) * options.classes);
  }
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
