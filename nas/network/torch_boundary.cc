#include "nas/network/torch_boundary.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nas/network/status_exception.h"

namespace robbench {
namespace {

constexpr char kOutOfMemoryAdvice[] =
    "; use a smaller batch (batch_size of the recipe or attack suite, images "
    "of the NTK spec) or another --device";

// Address space, in megabytes of 10^6 bytes, below which the constructors of
// LibTorch's libraries and OpenBLAS's threads crash or hang: some 600 are taken
// when main() begins.
constexpr rlim_t kLeastAddressSpace = 1000;

// Runs before the constructors of shared libraries (.preinit_array), so it uses
// only the C library.
void RefuseTooLittleMemory(int, char**, char**) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
      limit.rlim_cur / 1000000 >= kLeastAddressSpace) {
    return;
  }
  char message[160];
  snprintf(message, sizeof(message),
           "error: out of memory: LibTorch needs at least %llu MB, found %llu "
           "MB allowed (ulimit -v)\n",
           static_cast<unsigned long long>(kLeastAddressSpace),
           static_cast<unsigned long long>(limit.rlim_cur / 1000000));
  (void)!write(STDERR_FILENO, message, strlen(message));
  _exit(1);
}

[[gnu::section(".preinit_array"),
  gnu::used]] void (*const refuse_too_little_memory)(int, char**, char**) =
    RefuseTooLittleMemory;

// LibTorch 2 fills every new tensor with NaN when algorithms are to be
// deterministic. This turns that off, since all tensors here are written before
// they are read.
template <typename Context>
void DoNotFillNewTensors(Context& context) {
  if constexpr (requires {
                  context.setDeterministicFillUninitializedMemory(false);
                }) {
    context.setDeterministicFillUninitializedMemory(false);
  }
}

}  // namespace

absl::Status TorchErrorToStatus(absl::string_view what,
                                const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat(what, ": out of memory", kOutOfMemoryAdvice));
  }
  if (const auto* carried = dynamic_cast<const StatusException*>(&error)) {
    return absl::Status(carried->status().code(),
                        absl::StrCat(what, ": ", carried->status().message()));
  }
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string message =
      torch_error ? torch_error->what_without_backtrace() : error.what();
  const std::pair<absl::string_view, absl::string_view> lines =
      absl::StrSplit(message, absl::MaxSplits('\n', 1));
  const std::string text = absl::StrCat(what, ": LibTorch: ", lines.first);
  if (absl::StrContains(message, "out of memory") ||
      absl::StrContains(message, "can't allocate memory")) {
    return absl::ResourceExhaustedError(absl::StrCat(text, kOutOfMemoryAdvice));
  }
  return absl::InternalError(text);
}

void ConfigureTorch(const NumericProfile& profile) {
  at::set_num_threads(profile.threads);
  at::Context& context = at::globalContext();
  const bool fast = profile.fast_kernels;
  context.setDeterministicAlgorithms(!fast, /*warn_only=*/false);
  DoNotFillNewTensors(context);
  context.setDeterministicCuDNN(!fast);
  context.setBenchmarkCuDNN(fast);
  context.setAllowTF32CuDNN(fast);
  context.setAllowTF32CuBLAS(fast);
}

}  // namespace robbench
