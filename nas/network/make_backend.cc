#include "nas/network/make_backend.h"

#include "nas/network/check_backend.h"
#include "nas/network/cpu_backend.h"
#include "nas/network/libtorch_backend.h"

namespace robbench {
namespace {

// Returns a pointer that does not own the backend, which lives as long as the
// program.
std::shared_ptr<const Backend> Unowned(const Backend& backend) {
  return std::shared_ptr<const Backend>(&backend, [](const Backend*) {});
}

}  // namespace

std::shared_ptr<const Backend> MakeBackend(BackendChoice choice) {
  switch (choice) {
    case BackendChoice::kAuto:
      break;
    case BackendChoice::kLibtorch:
      return Unowned(LibtorchBackend());
    case BackendChoice::kCheck:
      return MakeCheckBackend(CpuBackend(), LibtorchBackend());
  }
  return Unowned(CpuBackend());
}

}  // namespace robbench
