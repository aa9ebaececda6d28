#include "ntk/theory/generalisation_bound.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace robbench {

absl::StatusOr<GeneralisationBound> BoundError(const Eigen::MatrixXd& kernel,
                                               const Eigen::VectorXd& y,
                                               double delta) {
  const Eigen::Index n = y.size();
  if (n < 1 || kernel.rows() != n || kernel.cols() != n) {
    return absl::InvalidArgumentError(absl::StrCat(
        "kernel: expected ", n, " x ", n, " for as many labels, found ",
        kernel.rows(), " x ", kernel.cols()));
  }
  if (!(delta > 0 && delta < 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("delta: expected above 0 and below 1, found ", delta));
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
      kernel, Eigen::EigenvaluesOnly);
  const double low = solver.eigenvalues()(0);
  const double high = solver.eigenvalues()(n - 1);
  if (!(low > static_cast<double>(n) * 0x1p-52 * high)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "kernel: expected a smallest eigenvalue above rounding (",
        static_cast<double>(n) * 0x1p-52 * high, "), found ", low));
  }
  const double norm = y.dot(kernel.llt().solve(y));
  const double samples = static_cast<double>(n);
  const double complexity =
      2 * std::sqrt(kernel.trace() / samples * norm / samples);
  return GeneralisationBound{
      complexity,
      complexity + 3 * std::sqrt(std::log(2 / delta) / (2 * samples)), low};
}

}  // namespace robbench
