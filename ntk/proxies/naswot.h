// NASWOT (Mellor, Turner, Storkey, Crowley: "Neural architecture search without
// training", ICML 2021): with the binary codes c_i of the images' active ReLUs,
// of all layers (activation_codes.h says which),
//
//   log |det K|,  K_ij = number of units on which c_i and c_j agree
//
// The unit is nats. The score is minus infinity where K is singular, because
// two images have the same code. In a dead cell all images have, unless a
// convolution that leads nowhere reads the cell's input.
#ifndef NTK_PROXIES_NASWOT_H_
#define NTK_PROXIES_NASWOT_H_

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <cstdint>
#include <limits>
#include <vector>

#include "ntk/proxies/activation_codes.h"
#include "ntk/proxies/correlation.h"

namespace robbench {

// `codes` of one batch; their `times` count as that many equal layers.
inline double Naswot(const std::vector<ActivationCode>& codes) {
  const int64_t images = codes.front().active.size(0);
  at::Tensor agreements =
      at::zeros({images, images}, codes.front().active.options())
          .to(at::kDouble);
  for (const ActivationCode& code : codes) {
    // Counts are below 2^24, so they are exact in float32.
    const at::Tensor on = code.active.to(at::kFloat);
    const at::Tensor off = 1 - on;
    agreements += code.times *
                  (at::mm(on, on.t()) + at::mm(off, off.t())).to(at::kDouble);
  }
  const Eigen::VectorXd eigenvalues =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(ToEigen(agreements),
                                                     Eigen::EigenvaluesOnly)
          .eigenvalues();
  // K is a matrix of inner products, so its eigenvalues are not negative.
  const double zero = images * 0x1p-52 * eigenvalues.maxCoeff();
  if (eigenvalues.minCoeff() <= zero) {
    return -std::numeric_limits<double>::infinity();
  }
  return eigenvalues.array().log().sum();
}

}  // namespace robbench

#endif  // NTK_PROXIES_NASWOT_H_
