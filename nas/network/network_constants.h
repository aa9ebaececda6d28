// Constants of the network that its evaluations with and without LibTorch
// share: BatchNorm as PyTorch's default.
#ifndef NAS_NETWORK_NETWORK_CONSTANTS_H_
#define NAS_NETWORK_NETWORK_CONSTANTS_H_

namespace robbench {

inline constexpr double kBatchNormEpsilon = 1e-5;
inline constexpr double kBatchNormMomentum = 0.1;

}  // namespace robbench

#endif  // NAS_NETWORK_NETWORK_CONSTANTS_H_
