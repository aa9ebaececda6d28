// The reference backend: LibTorch's operations on batches, on every device and
// in every type.
#ifndef NAS_NETWORK_LIBTORCH_BACKEND_H_
#define NAS_NETWORK_LIBTORCH_BACKEND_H_

#include "nas/network/backend.h"

namespace robbench {

const Backend& LibtorchBackend();

}  // namespace robbench

#endif  // NAS_NETWORK_LIBTORCH_BACKEND_H_
