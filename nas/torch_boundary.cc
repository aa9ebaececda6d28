#include "nas/torch_boundary.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#include <new>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace robbench {
namespace {

constexpr char kOutOfMemoryAdvice[] =
    "; use a smaller batch (batch_size of the recipe or attack suite, images "
    "of the NTK spec) or another --device";

// LibTorch 2 fills every new tensor with NaN when algorithms are to be
// deterministic; ours are all written before they are read.
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

absl::string_view TorchVersion() { return TORCH_VERSION; }

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
