#include "ntk/theory/infinite_kernel.h"

#include <glog/logging.h>

#include <utility>
#include <vector>

#include "ntk/theory/activation.h"

namespace robbench {

Eigen::MatrixXd InfiniteKernel(const ResidualNetworkSpec& spec,
                               const Eigen::MatrixXd& x) {
  CHECK(!spec.has_kernel_size());
  const int layers = spec.activations_size();
  const double depth = layers + 1;
  const Eigen::Index n = x.cols();
  std::vector<Eigen::MatrixXd> features = {x.transpose() * x};  // S_0, S_1, ..
  std::vector<Eigen::MatrixXd> slopes;                          // D_1, ...
  Eigen::VectorXd means = Eigen::VectorXd::Zero(n);             // M_l
  for (int l = 0; l < layers; ++l) {
    const Eigen::MatrixXd& before = features[l];
    const double skip = l == 0 ? 0 : spec.skips(l - 1);
    const double divisor = l == 0 ? 1 : depth;
    Eigen::VectorXd branch(n);  // E[s_l]
    for (Eigen::Index i = 0; i < n; ++i) {
      branch(i) = ActivationMeans(spec.activations(l), before(i, i)).value;
    }
    Eigen::MatrixXd after(n, n), slope(n, n);
    for (Eigen::Index i = 0; i < n; ++i) {
      for (Eigen::Index j = 0; j <= i; ++j) {
        const PairMoments moments = ActivationMoments(
            spec.activations(l), before(i, i), before(j, j), before(i, j));
        after(i, j) = after(j, i) =
            moments.value / (divisor * divisor) +
            skip * (before(i, j) +
                    (means(i) * branch(j) + branch(i) * means(j)) / divisor);
        slope(i, j) = slope(j, i) = moments.derivative;
      }
    }
    means = branch / divisor + skip * means;
    features.push_back(std::move(after));
    slopes.push_back(std::move(slope));
  }
  Eigen::MatrixXd kernel = features[layers];
  Eigen::ArrayXXd back = Eigen::ArrayXXd::Ones(n, n);  // B_l
  for (int l = layers - 1; l >= 0; --l) {
    const double square = l == 0 ? 1 : depth * depth;
    const Eigen::ArrayXXd passed = back * slopes[l].array() / square;
    kernel.array() += passed * features[l].array();
    if (l > 0) back = spec.skips(l - 1) * back + passed;
  }
  return kernel;
}

}  // namespace robbench
