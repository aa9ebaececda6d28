// Operations on tensors that every evaluation of a NetworkPlan by LibTorch
// shares: the normaliser, BatchNorm as an affine map, and 3x3 average pooling.
// Images and values are [B, C, H, W].
#ifndef NAS_NETWORK_NETWORK_OPERATIONS_H_
#define NAS_NETWORK_NETWORK_OPERATIONS_H_

#include <ATen/core/Tensor.h>

#include <utility>

#include "nas/network/normalizer.h"

namespace robbench {

// A view of a vector [C] as [1, C, 1, 1], which broadcasts over images.
at::Tensor PerChannel(const at::Tensor& vector);

// Returns images in the memory layout in which convolutions are fastest, which
// is channels-last on the CPU. The shape stays [B, C, H, W].
at::Tensor ToNetworkLayout(const at::Tensor& images);

// (x - mean/255) / (deviation/255) per channel, for images in [0, 1] and a
// normaliser in 0 ... 255; and the gradient with respect to x.
at::Tensor NormalizeImages(const at::Tensor& images,
                           const Normalizer& normalizer);
at::Tensor NormalizeGradient(const at::Tensor& gradient,
                             const Normalizer& normalizer);

// Returns scale and shift, both [C], so that BatchNorm by running statistics is
// x * scale + shift. All arguments are [C].
std::pair<at::Tensor, at::Tensor> BatchNormAffine(
    const at::Tensor& weight, const at::Tensor& bias,
    const at::Tensor& running_mean, const at::Tensor& running_variance);

// The average over those pixels of a 3x3 window that lie inside the image,
// stride 1, and its adjoint. Both add shifted rows and columns, because
// LibTorch's own pooling without padding in the count is 5 to 20 times slower
// on the CPU.
at::Tensor AveragePool3x3(const at::Tensor& x);
at::Tensor AveragePool3x3Gradient(const at::Tensor& gradient);

}  // namespace robbench

#endif  // NAS_NETWORK_NETWORK_OPERATIONS_H_
