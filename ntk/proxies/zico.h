// ZiCo (Li, Yang, Bhardwaj, Marculescu: "ZiCo: zero-shot NAS via inverse
// coefficient of variation on gradients", ICLR 2023):
//
//   sum over layers of log(sum over weights of E|g| / s)
//
// g the gradient of a part's mean cross-entropy; E|g| and s the mean of |g| and
// the standard deviation of g over the parts of the batch: kZicoParts of them,
// one after the other. As in the authors' program s is that of g with its sign,
// where the paper's equation has that of |g|, which is almost zero wherever two
// parts give a gradient of one size. That program has two parts; then the sum
// is ruled by the few weights whose two gradients happen to coincide, in
// float32 by rounding. For the same reason a weight counts only where E|g| is
// more than a thousandth of its layer's largest and s more than 1e-5 E|g|: less
// can be nothing but rounding, as behind a constant input. A layer without such
// a weight adds nothing. Without units.
#ifndef NTK_PROXIES_ZICO_H_
#define NTK_PROXIES_ZICO_H_

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "ntk/proxies/network_pass.h"

namespace robbench {

// The number of parts that the batch is cut into.
inline constexpr int kZicoParts = 4;

// `images` [N, C, H, W] in [0, 1] with N at least kZicoParts, `labels` int64
// [N].
inline double Zico(const UntrainedNetwork& network, const at::Tensor& images,
                   const at::Tensor& labels) {
  std::vector<std::vector<at::Tensor>> parts;
  for (int part = 0; part < kZicoParts; ++part) {
    const int64_t first = images.size(0) * part / kZicoParts;
    const int64_t count = images.size(0) * (part + 1) / kZicoParts - first;
    parts.push_back(LossGradients(network, images.narrow(0, first, count),
                                  labels.narrow(0, first, count)));
  }
  double score = 0;
  for (const int p : WeightPositions(network.plan)) {
    std::vector<at::Tensor> gradients;
    for (const std::vector<at::Tensor>& part : parts) {
      gradients.push_back(part[p].to(at::kDouble));
    }
    const at::Tensor g = at::stack(gradients);
    const at::Tensor size = g.abs().mean(0);
    const at::Tensor deviation = g.std(0, /*unbiased=*/false);
    const at::Tensor counts =
        size.gt(size.max() * 1e-3).logical_and(deviation.gt(size * 1e-5));
    const double sum =
        Sum(size.masked_select(counts) / deviation.masked_select(counts));
    if (sum > 0) score += std::log(sum);
  }
  return score;
}

}  // namespace robbench

#endif  // NTK_PROXIES_ZICO_H_
