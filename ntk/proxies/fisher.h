// Fisher (Theis, Korshunova, Tejani, Huszar: "Faster gaze prediction with dense
// networks and Fisher pruning", 2018; as a score: Turner, Crowley, O'Boyle,
// Storkey, Gray: "BlockSwap", ICLR 2020):
//
//   sum over layers and channels c of
//     mean over images n of (sum over pixels of a_nc dL/da_nc)^2 / 2
//
// a is a convolution's output, before BatchNorm, or the classifier's, as in the
// program of Abdelfattah, Mehrotra, Dudziak, Lane (ICLR 2021); L the mean
// cross-entropy of the batch, in nats.
#ifndef NTK_PROXIES_FISHER_H_
#define NTK_PROXIES_FISHER_H_

#include <ATen/core/Tensor.h>

#include "nas/network_plan.h"
#include "ntk/proxies/network_pass.h"

namespace robbench {

// `pass` must be one whose RunBackward kept the gradients of values.
inline double Fisher(const NetworkPass& pass) {
  const NetworkPlan& plan = pass.network.plan;
  double sum = 0;
  for (const int p : WeightPositions(plan)) {
    const int output = plan.layers[plan.parameters[p].layer].output;
    const at::Tensor& gradient = pass.gradients.values[output];
    if (!gradient.defined()) continue;  // a dead layer's is zero
    at::Tensor channels = pass.trace.values[output] * gradient;
    if (channels.dim() == 4) channels = channels.sum({2, 3});
    sum += Sum(channels.square()) / 2 / static_cast<double>(channels.size(0));
  }
  return sum;
}

}  // namespace robbench

#endif  // NTK_PROXIES_FISHER_H_
