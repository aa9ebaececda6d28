// The flag --backend of train, evaluate and score: who computes a network's
// numbers (backend.h). No LibTorch in this header.
#ifndef NAS_NETWORK_BACKEND_CHOICE_H_
#define NAS_NETWORK_BACKEND_CHOICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

enum class BackendChoice {
  kAuto,      // CpuBackend()
  kLibtorch,  // LibtorchBackend()
  kCheck,     // CpuBackend(), compared with LibtorchBackend(); its bytes
};

// "auto", "libtorch" or "check"; else InvalidArgument.
absl::StatusOr<BackendChoice> ParseBackendChoice(absl::string_view flag);

// What a record says of a run's arithmetic: the numeric profile, and LibTorch's
// operations where they stood in for the engines, since they round differently.
std::string ProfileWithBackend(absl::string_view profile, BackendChoice choice);

}  // namespace robbench

#endif  // NAS_NETWORK_BACKEND_CHOICE_H_
