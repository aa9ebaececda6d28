// The norm of the loss's gradient (Abdelfattah, Mehrotra, Dudziak, Lane:
// "Zero-cost proxies for lightweight NAS", ICLR 2021):
//
//   sum over layers of |dL/dw|
//
// where L is the mean cross-entropy of the batch, in nats, and w the weights of
// a layer (network_pass.h).
#ifndef NTK_PROXIES_GRADIENT_NORM_H_
#define NTK_PROXIES_GRADIENT_NORM_H_

#include "ntk/proxies/network_pass.h"

namespace robbench {

// `pass` must have run backward.
inline double GradientNorm(const NetworkPass& pass) {
  double sum = 0;
  for (const int p : WeightPositions(pass.network.plan)) {
    sum += Norm(pass.gradients.parameters[p]);
  }
  return sum;
}

}  // namespace robbench

#endif  // NTK_PROXIES_GRADIENT_NORM_H_
