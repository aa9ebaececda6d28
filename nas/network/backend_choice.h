// The flag --backend of train, evaluate and score, which says who computes a
// network's numbers (backend.h). This header needs no LibTorch, so that
// programs can parse the flag without it.
#ifndef NAS_NETWORK_BACKEND_CHOICE_H_
#define NAS_NETWORK_BACKEND_CHOICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

enum class BackendChoice {
  kAuto,      // CpuBackend(): the engines of nas/cpu where they can run
  kLibtorch,  // LibtorchBackend()
  // CpuBackend(), compared with LibtorchBackend() on the first batches. Results
  // have the same bytes as with kAuto.
  kCheck,
};

// Parses "auto", "libtorch" or "check"; InvalidArgument for anything else.
absl::StatusOr<BackendChoice> ParseBackendChoice(absl::string_view flag);

// Returns what a record says of a run's arithmetic: the name of the numeric
// profile, with "+libtorch" where LibTorch's operations took the place of the
// engines, since they round differently.
std::string ProfileWithBackend(absl::string_view profile, BackendChoice choice);

}  // namespace robbench

#endif  // NAS_NETWORK_BACKEND_CHOICE_H_
