// Gradients per image in one batched pass.
//
// For each image i and a scalar s_i of its logits this gives
// g(x_i) = ds_i / dW, one parameter at a time, last layer first, without ever
// holding more than one group of layers' gradients. BatchNorm runs on its
// running statistics, so images do not influence each other and one backward
// pass over the batch serves all of them.
//
//   VisitSampleGradients(plan, normalizer, state, images,
//                        [](const at::Tensor& logits) {
//                          return at::ones_like(logits);
//                        },
//                        [&](int parameter, const at::Tensor& gradients) {
//                          gram += gradients.mm(gradients.t());
//                        });
//
// How: BatchNorm is folded into the convolution before it, and convolutions
// that read the same value run as one. With V_i = dY_i U_i^T, where U_i holds
// the patches of image i and dY_i the gradient at the folded output,
//
//   dW_i     = scale V_i          scale = gamma / sqrt(var + eps), per channel
//   dbeta_i  = sum over space of dY_i
//   dgamma_i = (<W, V_i> - mean dbeta_i) / sqrt(var + eps)
//
// so that neither the convolution's own output nor BatchNorm's is needed
// again: only the convolutions' inputs are kept (about 1.7 MB an image for
// 3x3 everywhere, 16 channels, 5 cells a stage, 32x32, float32). Images go
// through each layer a few at a time.
#ifndef NTK_GRADIENTS_SAMPLE_GRADIENTS_H_
#define NTK_GRADIENTS_SAMPLE_GRADIENTS_H_

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "nas/network/normalizer.h"
#include "nas/network_plan.h"

namespace robbench {

// `parameter` is a position in plan.parameters, `gradients` [B, numel] of the
// state's type. Parameters that the logits do not depend on are not visited:
// their gradient is zero.
using SampleGradientVisitor =
    std::function<void(int parameter, const at::Tensor& gradients)>;

// ds / dlogits of the whole batch at its logits, both [B, classes].
using LogitGradientFunction =
    std::function<at::Tensor(const at::Tensor& logits)>;

// `images` [B, image_channels, H, W] in [0, 1]. Type and device are the
// state's. Returns the logits [B, classes]. LibTorch's exceptions pass
// through.
at::Tensor VisitSampleGradients(const NetworkPlan& plan,
                                const Normalizer& normalizer,
                                const std::vector<at::Tensor>& state,
                                const at::Tensor& images,
                                const LogitGradientFunction& logit_gradients,
                                const SampleGradientVisitor& visitor);

}  // namespace robbench

#endif  // NTK_GRADIENTS_SAMPLE_GRADIENTS_H_
