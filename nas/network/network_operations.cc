#include "nas/network/network_operations.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>

#include <cstdint>
#include <vector>

#include "nas/network/network_constants.h"
#include "nas/network/normalizer.h"

namespace robbench {
namespace {

using at::Tensor;

// A tensor [1, C, 1, 1] of the values, of the type and on the device of `like`.
// It is filled on the device, because a copy from the host cannot be part of a
// CUDA graph.
Tensor ChannelConstant(const std::vector<double>& values, const Tensor& like) {
  const int64_t channels = static_cast<int64_t>(values.size());
  const Tensor constant = at::empty({1, channels, 1, 1}, like.options());
  for (int64_t c = 0; c < channels; ++c) {
    constant.select(1, c).fill_(values[c] / 255.0);
  }
  return constant;
}

// Adds to each line of x its two neighbours along `dim`, zero outside.
Tensor AddNeighbours(const Tensor& x, int64_t dim) {
  const int64_t n = x.size(dim);
  Tensor sum = x.clone();
  if (n == 1) return sum;
  sum.narrow(dim, 1, n - 1).add_(x.narrow(dim, 0, n - 1));
  sum.narrow(dim, 0, n - 1).add_(x.narrow(dim, 1, n - 1));
  return sum;
}

// How many pixels of each 3x3 window lie in the image, [1, 1, H, W]. Sums are
// divided by it, as a factor 1/9 in float32 would make every mean too large.
Tensor WindowCounts(const Tensor& x) {
  const Tensor ones = at::ones({1, 1, x.size(2), x.size(3)}, x.options());
  return AddNeighbours(AddNeighbours(ones, 2), 3);
}

}  // namespace

Tensor PerChannel(const Tensor& vector) { return vector.view({1, -1, 1, 1}); }

Tensor ToNetworkLayout(const Tensor& images) {
  return images.contiguous(images.is_cuda() ? at::MemoryFormat::Contiguous
                                            : at::MemoryFormat::ChannelsLast);
}

Tensor NormalizeImages(const Tensor& images, const Normalizer& normalizer) {
  return (images - ChannelConstant(normalizer.mean, images))
      .div_(ChannelConstant(normalizer.standard_deviation, images));
}

Tensor NormalizeGradient(const Tensor& gradient, const Normalizer& normalizer) {
  return gradient / ChannelConstant(normalizer.standard_deviation, gradient);
}

std::pair<Tensor, Tensor> BatchNormAffine(const Tensor& weight,
                                          const Tensor& bias,
                                          const Tensor& running_mean,
                                          const Tensor& running_variance) {
  Tensor scale = (running_variance + kBatchNormEpsilon).rsqrt_().mul_(weight);
  Tensor shift = bias - running_mean * scale;
  return {std::move(scale), std::move(shift)};
}

Tensor AveragePool3x3(const Tensor& x) {
  return AddNeighbours(AddNeighbours(x, 3), 2).div_(WindowCounts(x));
}

Tensor AveragePool3x3Gradient(const Tensor& gradient) {
  // The sum over the window is its own adjoint.
  return AddNeighbours(AddNeighbours(gradient / WindowCounts(gradient), 3), 2);
}

}  // namespace robbench
