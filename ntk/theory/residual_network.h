// The networks of the paper's theory (section 4; ARCHITECTURE.md):
//
//   f_1 = s_1(W_1 x)
//   f_l = s_l(W_l f_{l-1}) / L + a_{l-1} f_{l-1},   l = 2 ... L-1
//   f   = <w_L, f_{L-1}>
//
// with a_l in {0, 1}, an activation a layer, |x| = 1 and every weight Gaussian
// with variance 1/m at initialisation. Fully connected: W_1 is [m, inputs],
// W_l [m, m], w_L [m]. Convolutional: x is an image, W_l works on patches of
// kernel_size x kernel_size pixels with zeros around the image, f_l has m
// channels, w_L a weight for each channel and pixel.
//
// Scale. With variance 1/m the entries of W_l f_{l-1} are of size 1/sqrt(m).
// ReLU and LeakyReLU do not mind, as s(cz) = c s(z) for c > 0. The others
// would be applied ever nearer to 0, and the network would become linear with
// growing m. So "s(z)" stands for s(sqrt(m) z) / sqrt(m): the same for ReLU and
// LeakyReLU, and for the others an activation of its usual scale. The kernel
// is then of order 1 for every m, and f of order 1/sqrt(m) at initialisation.
//
// Gradients are closed forms in float64. With delta_l = df / d(W_l f_{l-1}),
//   <df(x)/dW_l, df(x')/dW_l> = <delta_l, delta_l'> <f_{l-1}, f_{l-1}'>,
// so a kernel needs no Jacobian even at width 4,096 (GradientFactors). Of the
// convolutional network, whose weights are few, the gradients are made.
//
//   ROBBENCH_ASSIGN_OR_RETURN(auto network, MakeResidualNetwork(
//       "spec.textproto", spec, {1, 16}, /*width=*/256, /*seed=*/0));
//   Eigen::MatrixXd k = FactorKernel(network->Factors(x), network->Factors(x));
#ifndef NTK_THEORY_RESIDUAL_NETWORK_H_
#define NTK_THEORY_RESIDUAL_NETWORK_H_

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// Inputs are columns: pixels by channel, row, column of a square image.
struct InputShape {
  int channels;
  int size;

  int64_t count() const { return int64_t{1} * channels * size * size; }
};

// Gradients of f in all weights at n inputs, as far as inner products need
// them: K(x_i, x_j) = sum over parts of (left_i . left'_j) (right_i .
// right'_j), columns being inputs. An empty `left` counts as ones.
struct GradientFactors {
  struct Part {
    Eigen::MatrixXd left, right;
  };
  std::vector<Part> parts;
};

// Returns the kernel [n, n'] between two sets of inputs of one network: the
// clean kernel of (x, x), the cross kernel of (x, x~), and the robust one of
// (x~, x~).
Eigen::MatrixXd FactorKernel(const GradientFactors& rows,
                             const GradientFactors& columns);

// A network with its weights. Inputs are the columns of a matrix.
class ResidualNetwork {
 public:
  virtual ~ResidualNetwork() = default;

  // The outputs f [n] at each column of x [inputs, n].
  virtual Eigen::VectorXd Outputs(const Eigen::MatrixXd& x) const = 0;

  // The gradients df/dx [inputs, n], a column for each column of x.
  virtual Eigen::MatrixXd InputGradients(const Eigen::MatrixXd& x) const = 0;

  // The gradients in all weights at each column of x, for FactorKernel.
  virtual GradientFactors Factors(const Eigen::MatrixXd& x) const = 0;

  // The gradient of sum_i c_i f(x_i) in each of weights(), where c is
  // computed from the outputs: that of any loss whose derivatives are c.
  using OutputFunction =
      std::function<Eigen::VectorXd(const Eigen::VectorXd& outputs)>;
  virtual std::vector<Eigen::MatrixXd> WeightGradients(
      const Eigen::MatrixXd& x, const OutputFunction& c) const = 0;

  // W_1 ... W_{L-1}, w_L. Fully connected: w_L is [m, 1]. Convolutional: W_l
  // is [m, channels * kernel_size^2], a patch by channel, row, column; w_L is
  // [m, pixels].
  std::vector<Eigen::MatrixXd>& weights() { return weights_; }
  const std::vector<Eigen::MatrixXd>& weights() const { return weights_; }

 protected:
  std::vector<Eigen::MatrixXd> weights_;
};

// The most weights that a network may have: 512 MiB of them.
inline constexpr int64_t kMaxTheoryWeights = int64_t{1} << 26;

// Returns InvalidArgument, naming `path`, `field` and the fault, for no
// activation or more than 63, for skips whose number does not fit or that are
// not 0 or 1, and for an even kernel size.
absl::Status CheckNetworkSpec(const std::string& path, const std::string& field,
                              const ResidualNetworkSpec& spec);

// Makes a network with initial weights. `spec` must have passed
// CheckNetworkSpec. Weight tensor k is drawn from the stream (seed,
// kInitialWeights, step k), row by row. ResourceExhausted, naming `path`, for
// more than kMaxTheoryWeights.
absl::StatusOr<std::unique_ptr<ResidualNetwork>> MakeResidualNetwork(
    const std::string& path, const ResidualNetworkSpec& spec,
    const InputShape& shape, int width, uint32_t seed);

}  // namespace robbench

#endif  // NTK_THEORY_RESIDUAL_NETWORK_H_
