// The backend that runs the engines of nas/cpu. For states in float32 on the
// CPU it makes the image gradient engine and the training engine where they can
// run the plan; otherwise it makes what LibtorchBackend() makes. The image
// gradient engine shares out images to the threads of image_threads.h.
#ifndef NAS_NETWORK_CPU_BACKEND_H_
#define NAS_NETWORK_CPU_BACKEND_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "nas/cpu/program_kernels.h"
#include "nas/network/backend.h"
#include "nas/network/normalizer.h"
#include "nas/network_plan.h"

namespace robbench {

// The backend, which lives as long as the program.
const Backend& CpuBackend();

// The normaliser as the engines take it: of pixels in [0, 1] instead of
// 0 ... 255, and with 1 / standard deviation.
PixelNormalizer PixelNormalizerOf(const Normalizer& normalizer);

// Whether CpuBackend() would run the image gradient engine for this network. If
// so, the bits of an image's results do not depend on the batch that it is in.
bool HasImageGradientEngine(const NetworkPlan& plan,
                            const std::vector<at::Tensor>& state);

}  // namespace robbench

#endif  // NAS_NETWORK_CPU_BACKEND_H_
