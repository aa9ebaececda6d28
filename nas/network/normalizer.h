// What a network subtracts from pixels and divides them by, before all else.
#ifndef NAS_NETWORK_NORMALIZER_H_
#define NAS_NETWORK_NORMALIZER_H_

#include <vector>

namespace robbench {

// The data set's mean and standard deviation per channel, in 0 ... 255. The
// normaliser is the network's first layer: perturbations are in raw pixels.
struct Normalizer {
  std::vector<double> mean;
  std::vector<double> standard_deviation;
};

}  // namespace robbench

#endif  // NAS_NETWORK_NORMALIZER_H_
