// Linear regions (Chen, Gong, Wang: "Neural architecture search on ImageNet in
// four GPU hours: a theoretically inspired perspective" (TE-NAS), ICLR 2021):
// how many of the network's linear regions the images lie in,
//
//   number of distinct patterns of active ReLUs
//
// of all layers (activation_codes.h), at most the number of images. TE-NAS
// takes thousands of images of 3x3 pixels through one channel, so that the
// number is not simply that of the images; here it is counted on the batch and
// the network of the other scores, and tells cells apart only where the images
// coincide.
#ifndef NTK_PROXIES_LINEAR_REGIONS_H_
#define NTK_PROXIES_LINEAR_REGIONS_H_

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "ntk/proxies/activation_codes.h"

namespace robbench {

// `codes` of one batch. The score is 1 where no unit depends on the image, as
// in the cell without operations.
inline double LinearRegions(const std::vector<ActivationCode>& codes) {
  std::vector<std::string> patterns(codes.front().active.size(0));
  for (const ActivationCode& code : codes) {
    const at::Tensor active = code.active.to(at::kCPU).contiguous();
    const char* units = reinterpret_cast<const char*>(active.data_ptr<bool>());
    const int64_t count = active.size(1);
    for (size_t i = 0; i < patterns.size(); ++i) {
      patterns[i].append(units + static_cast<int64_t>(i) * count, count);
    }
  }
  return static_cast<double>(
      std::set<std::string>(patterns.begin(), patterns.end()).size());
}

}  // namespace robbench

#endif  // NTK_PROXIES_LINEAR_REGIONS_H_
