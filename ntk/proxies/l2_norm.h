// The norm of the initial weights (Abdelfattah, Mehrotra, Dudziak, Lane:
// "Zero-cost proxies for lightweight NAS", ICLR 2021, program):
//
//   sum over layers of |w|
//
// It needs no images and has no unit. It grows with layers and channels.
#ifndef NTK_PROXIES_L2_NORM_H_
#define NTK_PROXIES_L2_NORM_H_

#include "ntk/proxies/network_pass.h"

namespace robbench {

// The sum over convolutions and classifier, dead layers too.
inline double L2Norm(const UntrainedNetwork& network) {
  double sum = 0;
  for (const int p : WeightPositions(network.plan)) {
    sum += Norm(network.state[p]);
  }
  return sum;
}

}  // namespace robbench

#endif  // NTK_PROXIES_L2_NORM_H_
