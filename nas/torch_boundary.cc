#include "nas/torch_boundary.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#include <new>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace robbench {

absl::Status TorchErrorToStatus(absl::string_view what,
                                const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return absl::ResourceExhaustedError(absl::StrCat(what, ": out of memory"));
  }
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string message =
      torch_error ? torch_error->what_without_backtrace() : error.what();
  const std::pair<absl::string_view, absl::string_view> lines =
      absl::StrSplit(message, absl::MaxSplits('\n', 1));
  const std::string text = absl::StrCat(what, ": LibTorch: ", lines.first);
  if (absl::StrContains(message, "out of memory") ||
      absl::StrContains(message, "can't allocate memory")) {
    return absl::ResourceExhaustedError(text);
  }
  return absl::InternalError(text);
}

absl::string_view TorchVersion() { return TORCH_VERSION; }

void ConfigureTorch(int threads) {
  at::set_num_threads(threads);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
}

absl::Status CheckDevice(absl::string_view device) {
  if (device == "cpu") return absl::OkStatus();
  if (device != "cuda" && !absl::StartsWith(device, "cuda:")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--device: expected cpu, cuda or cuda:N, found \"", device, "\""));
  }
  if (!at::globalContext().hasCUDA()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--device=", device,
        ": this program's LibTorch has no CUDA, or the machine no CUDA device; "
        "use --device=cpu, or build with --config=cuda and LIBTORCH_PATH"));
  }
  return absl::UnimplementedError(absl::StrCat(
      "--device=", device, ": only --device=cpu is supported so far"));
}

}  // namespace robbench
