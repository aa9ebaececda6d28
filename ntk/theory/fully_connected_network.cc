#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "ntk/theory/activation.h"
#include "ntk/theory/residual_network.h"
#include "ntk/theory/theory_networks.h"

namespace robbench {

FullyConnectedNetwork::Trace FullyConnectedNetwork::Forward(
    const Eigen::MatrixXd& x) const {
  const double root = std::sqrt(weights_[0].rows());
  Trace trace;
  trace.features.push_back(x);
  for (int l = 0; l < spec_.activations_size(); ++l) {
    Eigen::MatrixXd f = weights_[l] * trace.features.back();
    f *= root;
    Activate(spec_.activations(l), f, trace.slopes.emplace_back());
    f /= root * Divisor(l);
    if (l > 0 && spec_.skips(l - 1) == 1) f += trace.features.back();
    trace.features.push_back(std::move(f));
  }
  return trace;
}

void FullyConnectedNetwork::Backward(Trace& trace,
                                     Eigen::MatrixXd* input_gradients) const {
  const Eigen::Index n = trace.features[0].cols();
  Eigen::MatrixXd gradient = weights_.back().replicate(1, n);
  for (int l = spec_.activations_size() - 1; l >= 0; --l) {
    trace.slopes[l].array() *= gradient.array() / Divisor(l);
    if (l == 0 && input_gradients == nullptr) return;
    if (l > 0 && spec_.skips(l - 1) == 1) {
      gradient.noalias() += weights_[l].transpose() * trace.slopes[l];
    } else {
      gradient = weights_[l].transpose() * trace.slopes[l];
    }
  }
  *input_gradients = std::move(gradient);
}

Eigen::VectorXd FullyConnectedNetwork::Outputs(const Eigen::MatrixXd& x) const {
  return Forward(x).features.back().transpose() * weights_.back();
}

Eigen::MatrixXd FullyConnectedNetwork::InputGradients(
    const Eigen::MatrixXd& x) const {
  Trace trace = Forward(x);
  Eigen::MatrixXd gradients;
  Backward(trace, &gradients);
  return gradients;
}

GradientFactors FullyConnectedNetwork::Factors(const Eigen::MatrixXd& x) const {
  Trace trace = Forward(x);
  Backward(trace, nullptr);
  GradientFactors factors;
  for (size_t l = 0; l < trace.slopes.size(); ++l) {
    factors.parts.push_back(
        {std::move(trace.slopes[l]), std::move(trace.features[l])});
  }
  factors.parts.push_back({{}, std::move(trace.features.back())});
  return factors;
}

std::vector<Eigen::MatrixXd> FullyConnectedNetwork::WeightGradients(
    const Eigen::MatrixXd& x, const OutputFunction& c) const {
  Trace trace = Forward(x);
  const Eigen::VectorXd coefficients =
      c(trace.features.back().transpose() * weights_.back());
  Backward(trace, nullptr);
  std::vector<Eigen::MatrixXd> gradients;
  for (size_t l = 0; l < trace.slopes.size(); ++l) {
    trace.slopes[l] *= coefficients.asDiagonal();
    gradients.push_back(trace.slopes[l] * trace.features[l].transpose());
  }
  gradients.push_back(trace.features.back() * coefficients);
  return gradients;
}

}  // namespace robbench
