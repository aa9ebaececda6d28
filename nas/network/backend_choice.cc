#include "nas/network/backend_choice.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace robbench {
absl::StatusOr<BackendChoice> ParseBackendChoice(absl::string_view flag) {
  if (flag == "auto") return BackendChoice::kAuto;
  if (flag == "libtorch") return BackendChoice::kLibtorch;
  if (flag == "check") return BackendChoice::kCheck;
  return absl::InvalidArgumentError(absl::StrCat(
      "--backend: expected auto, libtorch or check, found \"", flag, "\""));
}

std::string ProfileWithBackend(absl::string_view profile,
                               BackendChoice choice) {
  return choice == BackendChoice::kLibtorch ? absl::StrCat(profile, "+libtorch")
                                            : std::string(profile);
}

}  // namespace robbench
