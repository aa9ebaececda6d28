#include "ntk/theory/gauss_hermite.h"

#include <Eigen/Eigenvalues>
#include <cmath>

namespace robbench {

GaussHermite MakeGaussHermite(int n) {
  Eigen::VectorXd beside(n - 1);
  for (int k = 1; k < n; ++k) beside(k - 1) = std::sqrt(k);
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(Eigen::VectorXd::Zero(n), beside,
                                Eigen::EigenvaluesOnly);
  GaussHermite rule = {solver.eigenvalues().array(), Eigen::ArrayXd(n)};
  // Weights are not taken from the eigenvectors, whose small entries are all
  // rounding. Those below 1e-308 become 0.
  for (int i = 0; i < n; ++i) {
    double last = 0, now = 1, sum = 0;
    for (int k = 0; k < n; ++k) {
      sum += now * now;
      const double next =
          (rule.nodes(i) * now - std::sqrt(k) * last) / std::sqrt(k + 1.0);
      last = now;
      now = next;
    }
    rule.weights(i) = 1 / sum;
  }
  return rule;
}

}  // namespace robbench
