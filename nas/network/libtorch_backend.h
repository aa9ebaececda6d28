// The reference backend: it runs LibTorch's operations on whole batches, on
// every device, in float32 and float64. Other backends are compared with it.
#ifndef NAS_NETWORK_LIBTORCH_BACKEND_H_
#define NAS_NETWORK_LIBTORCH_BACKEND_H_

#include "nas/network/backend.h"

namespace robbench {

// The backend, which lives as long as the program.
const Backend& LibtorchBackend();

}  // namespace robbench

#endif  // NAS_NETWORK_LIBTORCH_BACKEND_H_
