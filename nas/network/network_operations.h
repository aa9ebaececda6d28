// Tensor operations that the walks over a NetworkPlan share: the normaliser,
// BatchNorm as an affine map, 3x3 average pooling.
#ifndef NAS_NETWORK_NETWORK_OPERATIONS_H_
#define NAS_NETWORK_NETWORK_OPERATIONS_H_

#include <ATen/core/Tensor.h>

#include <utility>

#include "nas/network/network.h"

namespace robbench {

// [C] as [1, C, 1, 1].
at::Tensor PerChannel(const at::Tensor& vector);

// Images in the memory layout that the convolutions are fastest in
// (channels-last on the CPU). The shape stays [B, C, H, W].
at::Tensor ToNetworkLayout(const at::Tensor& images);

// (x - mean/255) / (deviation/255) per channel, and its gradient.
at::Tensor NormalizeImages(const at::Tensor& images,
                           const Normalizer& normalizer);
at::Tensor NormalizeGradient(const at::Tensor& gradient,
                             const Normalizer& normalizer);

// BatchNorm by running statistics as x * scale + shift, both [C].
std::pair<at::Tensor, at::Tensor> BatchNormAffine(
    const at::Tensor& weight, const at::Tensor& bias,
    const at::Tensor& running_mean, const at::Tensor& running_variance);

// Average over the 3x3 window's pixels inside the image, stride 1, and its
// adjoint. As sums of shifted rows and columns: LibTorch's own pooling without
// padding in the count is 5 to 20 times slower on the CPU.
at::Tensor AveragePool3x3(const at::Tensor& x);
at::Tensor AveragePool3x3Gradient(const at::Tensor& gradient);

}  // namespace robbench

#endif  // NAS_NETWORK_NETWORK_OPERATIONS_H_
