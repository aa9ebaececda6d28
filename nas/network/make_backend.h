// Makes the backend that the flag --backend asks for.
#ifndef NAS_NETWORK_MAKE_BACKEND_H_
#define NAS_NETWORK_MAKE_BACKEND_H_

#include <memory>

#include "nas/network/backend.h"
#include "nas/network/backend_choice.h"

namespace robbench {

// Returns the backend of a choice. Whoever shares it keeps it alive.
std::shared_ptr<const Backend> MakeBackend(BackendChoice choice);

}  // namespace robbench

#endif  // NAS_NETWORK_MAKE_BACKEND_H_
