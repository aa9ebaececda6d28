// The two kinds of network that residual_network.h describes. Only
// MakeResidualNetwork uses this header; everybody else uses ResidualNetwork.
//
// In both, a backward pass computes delta_l = df / d(W_l f_{l-1}) of every
// layer, from which all gradients follow.
#ifndef NTK_THEORY_THEORY_NETWORKS_H_
#define NTK_THEORY_THEORY_NETWORKS_H_

#include <Eigen/Core>
#include <vector>

#include "ntk/theory/residual_network.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// Runs all inputs at once: matrices are [neurons, n], a column for each input.
class FullyConnectedNetwork : public ResidualNetwork {
 public:
  explicit FullyConnectedNetwork(const ResidualNetworkSpec& spec)
      : spec_(spec) {}

  Eigen::VectorXd Outputs(const Eigen::MatrixXd& x) const override;
  Eigen::MatrixXd InputGradients(const Eigen::MatrixXd& x) const override;
  GradientFactors Factors(const Eigen::MatrixXd& x) const override;
  std::vector<Eigen::MatrixXd> WeightGradients(
      const Eigen::MatrixXd& x, const OutputFunction& c) const override;

 private:
  // What a backward pass needs of the forward pass.
  struct Trace {
    std::vector<Eigen::MatrixXd> features;  // x, f_1, ..., f_{L-1}
    std::vector<Eigen::MatrixXd> slopes;    // s_l' of every layer
  };
  Trace Forward(const Eigen::MatrixXd& x) const;
  // Turns trace.slopes into delta_1 ... delta_{L-1}, and sets `input_gradients`
  // to df/dx unless it is null.
  void Backward(Trace& trace, Eigen::MatrixXd* input_gradients) const;
  // What s_l is divided by: 1 in the first layer (layer 0 here), L in others.
  double Divisor(int layer) const {
    return layer == 0 ? 1 : spec_.activations_size() + 1;
  }

  const ResidualNetworkSpec spec_;
};

// Runs one image at a time. Its weights are few, so that its factors are the
// gradients themselves.
class ConvolutionalNetwork : public ResidualNetwork {
 public:
  ConvolutionalNetwork(const ResidualNetworkSpec& spec, const InputShape& shape)
      : spec_(spec), shape_(shape) {}

  Eigen::VectorXd Outputs(const Eigen::MatrixXd& x) const override;
  Eigen::MatrixXd InputGradients(const Eigen::MatrixXd& x) const override;
  GradientFactors Factors(const Eigen::MatrixXd& x) const override;
  std::vector<Eigen::MatrixXd> WeightGradients(
      const Eigen::MatrixXd& x, const OutputFunction& c) const override;

 private:
  // The forward pass of one image. Matrices are [channels, pixels].
  struct Trace {
    std::vector<Eigen::MatrixXd> patches;  // what each W_l is multiplied by
    std::vector<Eigen::MatrixXd> slopes;   // s_l' of every layer
    Eigen::MatrixXd features;              // f_{L-1}
    double output = 0;
  };
  // Gathers the patch around each pixel, [channels, pixels] to [channels *
  // kernel_size^2, pixels]. SumPatches is its adjoint.
  Eigen::MatrixXd Patches(const Eigen::MatrixXd& image) const;
  Eigen::MatrixXd SumPatches(const Eigen::MatrixXd& patches) const;
  Trace Forward(const Eigen::Ref<const Eigen::VectorXd>& x) const;
  // As in FullyConnectedNetwork, of one image.
  void Backward(Trace& trace, Eigen::MatrixXd* input_gradient) const;
  double Divisor(int layer) const {
    return layer == 0 ? 1 : spec_.activations_size() + 1;
  }

  const ResidualNetworkSpec spec_;
  const InputShape shape_;
};

}  // namespace robbench

#endif  // NTK_THEORY_THEORY_NETWORKS_H_
