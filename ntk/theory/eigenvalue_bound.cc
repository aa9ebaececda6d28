#include "ntk/theory/eigenvalue_bound.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ntk/theory/activation.h"

namespace robbench {

double MinEigenvalue(const Eigen::MatrixXd& matrix) {
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(matrix,
                                                        Eigen::EigenvaluesOnly)
      .eigenvalues()(0);
}

absl::StatusOr<EigenvalueBound> BoundMinEigenvalue(
    const ResidualNetworkSpec& spec, const Eigen::MatrixXd& x) {
  if (x.cols() == 0) {
    return absl::InvalidArgumentError("inputs: expected at least 1, found 0");
  }
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    if (!(std::abs(x.col(i).norm() - 1) <= 1e-9)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "input ", i, ": norm: expected 1, found ", x.col(i).norm()));
    }
  }
  const double depth = spec.activations_size() + 1;
  EigenvalueBound result = {0, 0, 1, 1};
  // These are S_l(x, x) and M_l(x), which are the same for every x.
  double variance = ActivationMoments(spec.activations(0), 1, 1, 1).value;
  double mean = ActivationMeans(spec.activations(0), 1).value;
  for (int l = 1; l < spec.activations_size(); ++l) {
    const double skip = spec.skips(l - 1);
    const SingleMoments means = ActivationMeans(spec.activations(l), variance);
    result.slope_product *=
        skip + means.derivative * means.derivative / (depth * depth);
    result.skip_product *= skip;
    const double branch =
        ActivationMoments(spec.activations(l), variance, variance, variance)
            .value;
    variance = branch / (depth * depth) +
               skip * (variance + 2 * mean * means.value / depth);
    mean = means.value / depth + skip * mean;
  }
  const Eigen::VectorXd h =
      HermiteCoefficients(spec.activations(0), kMaxHermiteDegree);
  const Eigen::ArrayXXd gram = (x.transpose() * x).array();
  Eigen::ArrayXXd power = gram;
  Eigen::ArrayXXd sum = Eigen::ArrayXXd::Zero(x.cols(), x.cols());
  for (int r = 1; r <= kMaxHermiteDegree; ++r) {
    const double factor =
        (r * result.slope_product + result.skip_product) * h(r) * h(r);
    sum += factor * power;
    result.single_power =
        std::max(result.single_power, factor * MinEigenvalue(power.matrix()));
    power *= gram;
  }
  result.bound = MinEigenvalue(sum.matrix());
  return result;
}

}  // namespace robbench
