// What the tests of this folder share: small networks, inputs, and the golden
// file that ntk/theory/testdata/make_theory_golden.py made with PyTorch.
#ifndef NTK_THEORY_THEORY_TESTING_H_
#define NTK_THEORY_THEORY_TESTING_H_

#include <Eigen/Core>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "nas/base/philox.h"
#include "nas/base/safetensors.h"
#include "ntk/theory/normal_stream.h"
#include "ntk/theory/residual_network.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// A spec of a network; a `kernel_size` above 0 makes it convolutional.
inline ResidualNetworkSpec TestNetwork(
    const std::string& name,
    const std::vector<ResidualNetworkSpec::Activation>& activations,
    const std::vector<int>& skips, int kernel_size = 0) {
  ResidualNetworkSpec spec;
  spec.set_name(name);
  for (const auto s : activations) spec.add_activations(s);
  for (const int skip : skips) spec.add_skips(skip);
  if (kernel_size > 0) spec.set_kernel_size(kernel_size);
  return spec;
}

// Returns n independent uniform points of the unit sphere as columns
// [inputs, n].
inline Eigen::MatrixXd TestInputs(int inputs, int n, uint32_t seed) {
  NormalStream normal(PhiloxStream(seed, Purpose::kTest));
  Eigen::MatrixXd x(inputs, n);
  for (Eigen::Index i = 0; i < x.size(); ++i) x.data()[i] = normal.Next();
  return x.colwise().normalized();
}

// The file testdata/theory_golden.safetensors and the networks whose weights,
// outputs, gradients and kernels it holds. CHECKs that the file can be read.
class TheoryGolden {
 public:
  static constexpr InputShape kShape = {2, 4};  // 2 channels of 4 x 4 pixels
  static constexpr int kWidth = 7;

  // The networks, whose names the tensors begin with.
  static std::vector<ResidualNetworkSpec> Networks() {
    using S = ResidualNetworkSpec;
    return {
        TestNetwork("shallow", {S::RELU}, {}),
        TestNetwork("deep", {S::TANH, S::RELU, S::SWISH, S::SIN}, {1, 0, 1}),
        TestNetwork("other", {S::SIGMOID, S::LEAKY_RELU, S::TANH}, {0, 1}),
        TestNetwork("convolution", {S::RELU, S::SWISH, S::LEAKY_RELU}, {1, 0},
                    3)};
  }

  TheoryGolden()
      : file_(SafetensorsFile::Read(
            "ntk/theory/testdata/theory_golden.safetensors")) {
    CHECK(file_.ok()) << file_.status();
  }

  // The float64 tensor of a name as a matrix; a vector becomes a column.
  Eigen::MatrixXd Get(const std::string& name) const {
    using RowMajor =
        Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto found = file_->tensors().find(name);
    CHECK(found != file_->tensors().end()) << name;
    const TensorEntry& entry = found->second;
    CHECK(entry.dtype == DType::kF64);
    RowMajor matrix(entry.shape[0],
                    entry.shape.size() == 1 ? 1 : entry.shape[1]);
    std::memcpy(matrix.data(), entry.data.data(), entry.data.size());
    return matrix;
  }

  // A network with the golden weights.
  std::unique_ptr<ResidualNetwork> Network(
      const ResidualNetworkSpec& spec) const {
    auto network = MakeResidualNetwork("test", spec, kShape, kWidth, 0);
    CHECK(network.ok()) << network.status();
    for (size_t k = 0; k < (*network)->weights().size(); ++k) {
      const Eigen::MatrixXd golden =
          Get(absl::StrCat(spec.name(), ".weights.", k));
      CHECK(golden.rows() == (*network)->weights()[k].rows() &&
            golden.cols() == (*network)->weights()[k].cols());
      (*network)->weights()[k] = golden;
    }
    return *std::move(network);
  }

  // The labels of the golden inputs.
  static Eigen::VectorXd Labels() { return Eigen::VectorXd{{1, -1, -1, 1, 1}}; }

 private:
  absl::StatusOr<SafetensorsFile> file_;
};

// Returns the largest difference between entries of two matrices of one shape.
inline double Distance(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  CHECK(a.rows() == b.rows() && a.cols() == b.cols());
  return (a - b).cwiseAbs().maxCoeff();
}

}  // namespace robbench

#endif  // NTK_THEORY_THEORY_TESTING_H_
