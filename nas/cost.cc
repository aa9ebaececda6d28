#include "nas/cost.h"

namespace robbench {

int64_t MultiplyAdds(const Layer& layer) {
  const int64_t channel_pairs = int64_t{layer.in_channels} * layer.out_channels;
  switch (layer.kind) {
    case LayerKind::kConvolution:
      return channel_pairs * layer.kernel * layer.kernel * layer.out_size *
             layer.out_size;
    case LayerKind::kLinear:
      return channel_pairs;
    default:
      return 0;
  }
}

Cost CountCost(const NetworkPlan& plan) {
  Cost cost;
  for (const Layer& layer : plan.layers) {
    const int64_t multiply_adds = MultiplyAdds(layer);
    cost.multiply_adds += multiply_adds;
    if (layer.live) cost.live_multiply_adds += multiply_adds;
  }
  for (const Parameter& parameter : plan.parameters) {
    if (IsBuffer(parameter.kind)) continue;
    int64_t elements = 1;
    for (const int64_t extent : parameter.shape) elements *= extent;
    cost.parameters += elements;
  }
  return cost;
}

}  // namespace robbench
