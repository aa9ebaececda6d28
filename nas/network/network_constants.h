// Constants of BatchNorm that evaluations with and without LibTorch share. They
// are PyTorch's defaults, which the authors use.
#ifndef NAS_NETWORK_NETWORK_CONSTANTS_H_
#define NAS_NETWORK_NETWORK_CONSTANTS_H_

namespace robbench {

// Added to the variance before its square root is taken.
inline constexpr double kBatchNormEpsilon = 1e-5;
// How far a training step moves the running statistics towards the batch's:
// running = (1 - momentum) * running + momentum * batch.
inline constexpr double kBatchNormMomentum = 0.1;

}  // namespace robbench

#endif  // NAS_NETWORK_NETWORK_CONSTANTS_H_
