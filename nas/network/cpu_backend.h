// The backend of nas/cpu: on the CPU in float32 the image gradient engine and
// the training engine where they can run, else LibtorchBackend(). Images are
// shared out to the threads of image_threads.h.
#ifndef NAS_NETWORK_CPU_BACKEND_H_
#define NAS_NETWORK_CPU_BACKEND_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "nas/cpu/program_kernels.h"
#include "nas/network/backend.h"
#include "nas/network/network.h"
#include "nas/network_plan.h"

namespace robbench {

const Backend& CpuBackend();

// The normaliser as the engines take it.
PixelNormalizer PixelNormalizerOf(const Normalizer& normalizer);

// Whether it runs its own image gradient engine: then an image's bits do not
// depend on the batch that it is in.
bool HasImageGradientEngine(const NetworkPlan& plan,
                            const std::vector<at::Tensor>& state);

}  // namespace robbench

#endif  // NAS_NETWORK_CPU_BACKEND_H_
