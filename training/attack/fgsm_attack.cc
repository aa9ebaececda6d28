#include "training/attack/fgsm_attack.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include "training/attack/cross_entropy.h"

namespace robbench {

at::Tensor RunFgsm(const FoldedNetwork& network, const at::Tensor& images,
                   const at::Tensor& labels, double epsilon) {
  at::NoGradGuard no_graph;
  const at::Tensor gradient =
      network.ImageGradient(images, [&](const at::Tensor& logits) {
        return CrossEntropyGradient(logits, labels);
      });
  return (images + gradient.sign().mul_(epsilon)).clamp_(0, 1);
}

}  // namespace robbench
