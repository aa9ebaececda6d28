// Jacobian covariance (Mellor, Turner, Storkey, Crowley: "Neural architecture
// search without training", first version, 2020):
//
//   -sum over eigenvalues v of log(v + k) + 1 / (v + k),  k = 1e-5
//
// of the matrix of correlations between the images' input gradients of the
// summed logits. The score is high where the network tells the images apart.
// Its unit is nats. It is not a number for a dead cell, whose gradients are
// zero.
#ifndef NTK_PROXIES_JACOBIAN_COVARIANCE_H_
#define NTK_PROXIES_JACOBIAN_COVARIANCE_H_

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

namespace robbench {

// `correlations` [images, images] come from RowCorrelations.
inline double JacobianCovariance(const Eigen::MatrixXd& correlations) {
  if (!correlations.allFinite()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  constexpr double kOffset = 1e-5;
  const Eigen::VectorXd eigenvalues =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(correlations,
                                                     Eigen::EigenvaluesOnly)
          .eigenvalues();
  double score = 0;
  for (const double v : eigenvalues) {
    score -= std::log(v + kOffset) + 1 / (v + kOffset);
  }
  return score;
}

}  // namespace robbench

#endif  // NTK_PROXIES_JACOBIAN_COVARIANCE_H_
