#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "ntk/theory/activation.h"
#include "ntk/theory/residual_network.h"
#include "ntk/theory/theory_networks.h"

namespace robbench {
namespace {

// Calls `use` with (row of the patch matrix, pixel of the output, pixel of the
// image) for every pair within the image; `row` is of channel 0.
template <typename Use>
void ForEachTap(int kernel, int size, const Use& use) {
  const int border = kernel / 2;
  for (int dy = 0; dy < kernel; ++dy) {
    for (int dx = 0; dx < kernel; ++dx) {
      for (int y = 0; y < size; ++y) {
        const int from_y = y + dy - border;
        if (from_y < 0 || from_y >= size) continue;
        for (int x = 0; x < size; ++x) {
          const int from_x = x + dx - border;
          if (from_x < 0 || from_x >= size) continue;
          use(dy * kernel + dx, y * size + x, from_y * size + from_x);
        }
      }
    }
  }
}

}  // namespace

Eigen::MatrixXd ConvolutionalNetwork::Patches(
    const Eigen::MatrixXd& image) const {
  const int kernel = spec_.kernel_size(), taps = kernel * kernel;
  Eigen::MatrixXd patches =
      Eigen::MatrixXd::Zero(image.rows() * taps, image.cols());
  ForEachTap(kernel, shape_.size, [&](int tap, int to, int from) {
    for (Eigen::Index c = 0; c < image.rows(); ++c) {
      patches(c * taps + tap, to) = image(c, from);
    }
  });
  return patches;
}

Eigen::MatrixXd ConvolutionalNetwork::SumPatches(
    const Eigen::MatrixXd& patches) const {
  const int kernel = spec_.kernel_size(), taps = kernel * kernel;
  Eigen::MatrixXd image =
      Eigen::MatrixXd::Zero(patches.rows() / taps, patches.cols());
  ForEachTap(kernel, shape_.size, [&](int tap, int to, int from) {
    for (Eigen::Index c = 0; c < image.rows(); ++c) {
      image(c, from) += patches(c * taps + tap, to);
    }
  });
  return image;
}

ConvolutionalNetwork::Trace ConvolutionalNetwork::Forward(
    const Eigen::Ref<const Eigen::VectorXd>& x) const {
  const double root = std::sqrt(weights_[0].rows());
  Trace trace;
  // In a column of x the pixels of a channel are adjacent.
  trace.features =
      x.reshaped(shape_.size * shape_.size, shape_.channels).transpose();
  for (int l = 0; l < spec_.activations_size(); ++l) {
    trace.patches.push_back(Patches(trace.features));
    Eigen::MatrixXd f = weights_[l] * trace.patches.back();
    f *= root;
    Activate(spec_.activations(l), f, trace.slopes.emplace_back());
    f /= root * Divisor(l);
    if (l > 0 && spec_.skips(l - 1) == 1) f += trace.features;
    trace.features = std::move(f);
  }
  trace.output = weights_.back().cwiseProduct(trace.features).sum();
  return trace;
}

void ConvolutionalNetwork::Backward(Trace& trace,
                                    Eigen::MatrixXd* input_gradient) const {
  Eigen::MatrixXd gradient = weights_.back();
  for (int l = spec_.activations_size() - 1; l >= 0; --l) {
    trace.slopes[l].array() *= gradient.array() / Divisor(l);
    if (l == 0 && input_gradient == nullptr) return;
    Eigen::MatrixXd before =
        SumPatches(weights_[l].transpose() * trace.slopes[l]);
    if (l > 0 && spec_.skips(l - 1) == 1) before += gradient;
    gradient = std::move(before);
  }
  *input_gradient = std::move(gradient);
}

Eigen::VectorXd ConvolutionalNetwork::Outputs(const Eigen::MatrixXd& x) const {
  Eigen::VectorXd outputs(x.cols());
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    outputs(i) = Forward(x.col(i)).output;
  }
  return outputs;
}

Eigen::MatrixXd ConvolutionalNetwork::InputGradients(
    const Eigen::MatrixXd& x) const {
  Eigen::MatrixXd gradients(x.rows(), x.cols());
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    Trace trace = Forward(x.col(i));
    Eigen::MatrixXd gradient;
    Backward(trace, &gradient);
    gradients.col(i) = gradient.transpose().reshaped();
  }
  return gradients;
}

GradientFactors ConvolutionalNetwork::Factors(const Eigen::MatrixXd& x) const {
  GradientFactors factors;
  for (const Eigen::MatrixXd& tensor : weights_) {
    factors.parts.push_back({{}, Eigen::MatrixXd(tensor.size(), x.cols())});
  }
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    Trace trace = Forward(x.col(i));
    Backward(trace, nullptr);
    for (size_t l = 0; l < trace.slopes.size(); ++l) {
      factors.parts[l].right.col(i) =
          (trace.slopes[l] * trace.patches[l].transpose()).reshaped();
    }
    factors.parts.back().right.col(i) = trace.features.reshaped();
  }
  return factors;
}

std::vector<Eigen::MatrixXd> ConvolutionalNetwork::WeightGradients(
    const Eigen::MatrixXd& x, const OutputFunction& c) const {
  std::vector<Trace> traces;
  Eigen::VectorXd outputs(x.cols());
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    traces.push_back(Forward(x.col(i)));
    outputs(i) = traces.back().output;
  }
  const Eigen::VectorXd coefficients = c(outputs);
  std::vector<Eigen::MatrixXd> gradients;
  for (const Eigen::MatrixXd& tensor : weights_) {
    gradients.push_back(Eigen::MatrixXd::Zero(tensor.rows(), tensor.cols()));
  }
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    Backward(traces[i], nullptr);
    for (size_t l = 0; l < traces[i].slopes.size(); ++l) {
      gradients[l].noalias() += coefficients(i) * traces[i].slopes[l] *
                                traces[i].patches[l].transpose();
    }
    gradients.back() += coefficients(i) * traces[i].features;
  }
  return gradients;
}

}  // namespace robbench
