// The weight gradient of a convolution, for each image of a batch on its own.
#ifndef NTK_GRADIENTS_PATCH_PRODUCTS_H_
#define NTK_GRADIENTS_PATCH_PRODUCTS_H_

#include <ATen/core/Tensor.h>

#include "nas/network_plan.h"

namespace robbench {

// Returns V_i = dY_i U_i^T (sample_gradients.h) of every image i, where U_i
// holds the patches of the image that the convolution reads. `shape` is a
// convolution over `input` [B, in, H, W]; `gradient` is dY, [B, rows, H', W'],
// whose rows may be the output channels of several convolutions of that shape.
// The result is [B, rows, in, k, k], not always contiguous. LibTorch's
// exceptions pass through.
at::Tensor PatchProducts(const Layer& shape, const at::Tensor& input,
                         const at::Tensor& gradient);

}  // namespace robbench

#endif  // NTK_GRADIENTS_PATCH_PRODUCTS_H_
