// Correlations between the rows of the input's Jacobian, one row for each
// image, from which Jacobian covariance and EPE-NAS are computed.
#ifndef NTK_PROXIES_CORRELATION_H_
#define NTK_PROXIES_CORRELATION_H_

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/mm.h>

#include <Eigen/Core>

namespace robbench {

// Copies a float64 matrix on any device to Eigen.
inline Eigen::MatrixXd ToEigen(const at::Tensor& matrix) {
  const at::Tensor rows = matrix.to(at::kCPU).contiguous();
  using RowMajor =
      Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(rows.data_ptr<double>(), rows.size(0),
                                    rows.size(1));
}

// Returns Pearson's coefficients [images, images] between the rows of
// `jacobian` [images, n], float64. They are not a number where a row does not
// vary.
inline Eigen::MatrixXd RowCorrelations(const at::Tensor& jacobian) {
  const at::Tensor rows = jacobian - jacobian.mean(1, /*keepdim=*/true);
  const at::Tensor products = at::mm(rows, rows.t());
  const at::Tensor deviations = products.diagonal().sqrt();
  return ToEigen((products / deviations.unsqueeze(0) / deviations.unsqueeze(1))
                     .clamp(-1, 1));
}

}  // namespace robbench

#endif  // NTK_PROXIES_CORRELATION_H_
