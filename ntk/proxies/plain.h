// "Plain" (Abdelfattah, Mehrotra, Dudziak, Lane: "Zero-cost proxies for
// lightweight NAS", ICLR 2021, program): SNIP without the absolute value,
//
//   sum over weights of w dL/dw
//
// where L is the mean cross-entropy of the batch, in nats. Scaling a
// convolution before a BatchNorm changes nothing but for BatchNorm's small
// constant, so its terms cancel. What is left comes from the shortcuts and the
// classifier.
#ifndef NTK_PROXIES_PLAIN_H_
#define NTK_PROXIES_PLAIN_H_

#include <ATen/core/Tensor.h>

#include "ntk/proxies/network_pass.h"

namespace robbench {

// `pass` must have run backward.
inline double Plain(const NetworkPass& pass) {
  double sum = 0;
  for (const int p : WeightPositions(pass.network.plan)) {
    sum += Sum(pass.network.state[p].to(at::kDouble) *
               pass.gradients.parameters[p].to(at::kDouble));
  }
  return sum;
}

}  // namespace robbench

#endif  // NTK_PROXIES_PLAIN_H_
