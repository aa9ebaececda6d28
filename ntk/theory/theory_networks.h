// The two kinds of residual_network.h, for MakeResidualNetwork alone.
#ifndef NTK_THEORY_THEORY_NETWORKS_H_
#define NTK_THEORY_THEORY_NETWORKS_H_

#include <Eigen/Core>
#include <vector>

#include "ntk/theory/residual_network.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

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
  struct Trace {
    std::vector<Eigen::MatrixXd> features;  // x, f_1, ..., f_{L-1}
    std::vector<Eigen::MatrixXd> slopes;    // s_l' of every layer
  };
  Trace Forward(const Eigen::MatrixXd& x) const;
  // Turns slopes into delta_1 ... delta_{L-1}; gives df/dx if asked to.
  void Backward(Trace& trace, Eigen::MatrixXd* input_gradients) const;
  // What s_l is divided by: L, and 1 of the first layer.
  double Divisor(int layer) const {
    return layer == 0 ? 1 : spec_.activations_size() + 1;
  }

  const ResidualNetworkSpec spec_;
};

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
  // Of one image; matrices are [channels, pixels].
  struct Trace {
    std::vector<Eigen::MatrixXd> patches;  // of what each W_l sees
    std::vector<Eigen::MatrixXd> slopes;
    Eigen::MatrixXd features;  // f_{L-1}
    double output = 0;
  };
  // [channels, pixels] to [channels * kernel_size^2, pixels] and its adjoint.
  Eigen::MatrixXd Patches(const Eigen::MatrixXd& image) const;
  Eigen::MatrixXd SumPatches(const Eigen::MatrixXd& patches) const;
  Trace Forward(const Eigen::Ref<const Eigen::VectorXd>& x) const;
  void Backward(Trace& trace, Eigen::MatrixXd* input_gradient) const;
  double Divisor(int layer) const {
    return layer == 0 ? 1 : spec_.activations_size() + 1;
  }

  const ResidualNetworkSpec spec_;
  const InputShape shape_;
};

}  // namespace robbench

#endif  // NTK_THEORY_THEORY_NETWORKS_H_
