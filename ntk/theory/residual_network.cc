#include "ntk/theory/residual_network.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/field_error.h"
#include "nas/base/philox.h"
#include "ntk/theory/normal_stream.h"
#include "ntk/theory/theory_networks.h"

namespace robbench {
namespace {

constexpr int kMaxActivations = 63;
constexpr int kMaxKernelSize = 15;

// Fills weights row by row. A few rows at a time are drawn and then copied,
// since the entries of a row lie far apart in memory.
void FillNormal(uint32_t seed, uint32_t tensor, double scale,
                Eigen::MatrixXd& weights) {
  constexpr Eigen::Index kRows = 8;
  NormalStream normal(PhiloxStream(seed, Purpose::kInitialWeights, 0, tensor));
  Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows;
  for (Eigen::Index row = 0; row < weights.rows(); row += kRows) {
    rows.resize(std::min(kRows, weights.rows() - row), weights.cols());
    for (Eigen::Index i = 0; i < rows.size(); ++i) {
      rows.data()[i] = scale * normal.Next();
    }
    weights.middleRows(row, rows.rows()) = rows;
  }
}

}  // namespace

Eigen::MatrixXd FactorKernel(const GradientFactors& rows,
                             const GradientFactors& columns) {
  Eigen::MatrixXd kernel;
  for (size_t k = 0; k < rows.parts.size(); ++k) {
    Eigen::MatrixXd part =
        rows.parts[k].right.transpose() * columns.parts[k].right;
    if (rows.parts[k].left.size() > 0) {
      part.array() *=
          (rows.parts[k].left.transpose() * columns.parts[k].left).array();
    }
    if (k == 0) {
      kernel = std::move(part);
    } else {
      kernel += part;
    }
  }
  return kernel;
}

absl::Status CheckNetworkSpec(const std::string& path, const std::string& field,
                              const ResidualNetworkSpec& spec) {
  const auto error = [&](absl::string_view name, absl::string_view expected,
                         const absl::AlphaNum& found) {
    return FieldError(path, absl::StrCat(field, ".", name), expected, found);
  };
  if (spec.name().empty()) return error("name", "a name", "none");
  const int layers = spec.activations_size();
  if (layers < 1 || layers > kMaxActivations) {
    return error("activations", absl::StrCat("1 to ", kMaxActivations), layers);
  }
  if (spec.skips_size() != layers - 1) {
    return error("skips",
                 absl::StrCat(layers - 1, ", one less than activations"),
                 spec.skips_size());
  }
  for (const uint32_t skip : spec.skips()) {
    if (skip > 1) return error("skips", "0 or 1", skip);
  }
  if (spec.has_kernel_size() &&
      (spec.kernel_size() % 2 == 0 || spec.kernel_size() > kMaxKernelSize)) {
    return error("kernel_size",
                 absl::StrCat("an odd number up to ", kMaxKernelSize),
                 spec.kernel_size());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ResidualNetwork>> MakeResidualNetwork(
    const std::string& path, const ResidualNetworkSpec& spec,
    const InputShape& shape, int width, uint32_t seed) {
  const int64_t patch =
      spec.has_kernel_size()
          ? int64_t{1} * spec.kernel_size() * spec.kernel_size()
          : 1;
  const int64_t inputs =
      spec.has_kernel_size() ? shape.channels * patch : shape.count();
  const int64_t pixels =
      spec.has_kernel_size() ? int64_t{1} * shape.size * shape.size : 1;
  std::vector<std::pair<int64_t, int64_t>> shapes = {{width, inputs}};
  for (int l = 1; l < spec.activations_size(); ++l) {
    shapes.push_back({width, width * patch});
  }
  shapes.push_back({width, pixels});
  int64_t weights = 0;
  for (const auto& [rows, columns] : shapes) weights += rows * columns;
  if (weights > kMaxTheoryWeights) {
    return absl::ResourceExhaustedError(absl::StrCat(
        path, ": network ", spec.name(), " at width ", width,
        ": expected at most ", kMaxTheoryWeights, " weights, found ", weights));
  }
  std::unique_ptr<ResidualNetwork> network;
  if (spec.has_kernel_size()) {
    network = std::make_unique<ConvolutionalNetwork>(spec, shape);
  } else {
    network = std::make_unique<FullyConnectedNetwork>(spec);
  }
  const double scale = 1 / std::sqrt(width);
  for (size_t k = 0; k < shapes.size(); ++k) {
    Eigen::MatrixXd& tensor = network->weights().emplace_back();
    tensor.resize(shapes[k].first, shapes[k].second);
    FillNormal(seed, k, scale, tensor);
  }
  return network;
}

}  // namespace robbench
