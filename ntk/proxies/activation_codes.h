// Says which units are active for which image, from which NASWOT and linear
// regions are computed.
//
// A ReLU of the authors' network is a part of a convolution's block, so that
// one value that feeds two convolutions is rectified twice there and once in a
// NetworkPlan. Both count every ReLU of the authors' network, those of dead
// layers too, as hooks on their modules would.
#ifndef NTK_PROXIES_ACTIVATION_CODES_H_
#define NTK_PROXIES_ACTIVATION_CODES_H_

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <vector>

#include "nas/network_plan.h"
#include "ntk/proxies/network_pass.h"

namespace robbench {

// The units of one ReLU layer of the plan.
struct ActivationCode {
  at::Tensor active;  // bool [images, units]
  int times;          // ReLUs of the authors' network that have this input
};

// The codes of all ReLU layers, dead ones too, of a pass in train mode.
inline std::vector<ActivationCode> ActivationCodes(const NetworkPass& pass) {
  std::vector<ActivationCode> codes;
  for (const Layer& relu : pass.network.plan.layers) {
    if (relu.kind != LayerKind::kRelu) continue;
    int times = 0;
    for (const Layer& layer : pass.network.plan.layers) {
      times += layer.inputs[0] == relu.output &&
               layer.kind == LayerKind::kConvolution;
    }
    const at::Tensor& value = pass.trace.values[relu.output];
    codes.push_back({value.reshape({value.size(0), -1}).gt(0),
                     std::max(times, 1)});  // the last one feeds the pooling
  }
  return codes;
}

}  // namespace robbench

#endif  // NTK_PROXIES_ACTIVATION_CODES_H_
