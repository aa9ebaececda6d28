// SNIP (Lee, Ajanthan, Torr: "SNIP: single-shot network pruning based on
// connection sensitivity", ICLR 2019; as a score: Abdelfattah, Mehrotra,
// Dudziak, Lane, ICLR 2021):
//
//   sum over weights of |w dL/dw|
//
// where L is the mean cross-entropy of the batch, in nats, and weights are
// those of network_pass.h.
#ifndef NTK_PROXIES_SNIP_H_
#define NTK_PROXIES_SNIP_H_

#include "ntk/proxies/network_pass.h"

namespace robbench {

// `pass` must have run backward.
inline double Snip(const NetworkPass& pass) {
  double sum = 0;
  for (const int p : WeightPositions(pass.network.plan)) {
    sum += Sum((pass.network.state[p] * pass.gradients.parameters[p]).abs());
  }
  return sum;
}

}  // namespace robbench

#endif  // NTK_PROXIES_SNIP_H_
