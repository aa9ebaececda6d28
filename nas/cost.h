// The cost of a network, counted on its plan: nothing is built or run.
#ifndef NAS_COST_H_
#define NAS_COST_H_

#include <cstdint>

#include "nas/network_plan.h"

namespace robbench {

// In the paper's skeleton the largest cell has 220.1 million multiply-adds.
struct Cost {
  // Multiply-adds of the convolutions and the linear layer in one forward
  // pass of one image. Dead layers count: the authors' network runs them.
  int64_t multiply_adds = 0;
  // Trainable numbers: weights and biases, not running statistics.
  int64_t parameters = 0;
  // The part of multiply_adds that the logits depend on.
  int64_t live_multiply_adds = 0;
};

// The cost of a whole network.
Cost CountCost(const NetworkPlan& plan);

// The multiply-adds of one layer for one image, dead or not. They are 0 for all
// but convolutions and linear layers.
int64_t MultiplyAdds(const Layer& layer);

}  // namespace robbench

#endif  // NAS_COST_H_
