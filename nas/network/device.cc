#include "nas/network/device.h"

#include <iostream>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "nas/base/status_macros.h"
#include "nas/network/cuda_devices.h"
#include "nas/network/torch_boundary.h"

namespace robbench {
namespace {

// Prints a line at once, so that lines of parallel runs do not mix.
void Say(absl::string_view what) { std::cerr << absl::StrCat(what, "\n"); }

// The N of "cuda:N", or nullopt where any device will do.
absl::StatusOr<std::optional<int>> CudaNumber(absl::string_view device) {
  if (device == "cuda" || device == "auto") return std::nullopt;
  absl::string_view digits = device;
  int number = 0;
  if (absl::ConsumePrefix(&digits, "cuda:") &&
      absl::SimpleAtoi(digits, &number) && number >= 0) {
    return std::optional<int>(number);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--device: expected cpu, cuda, cuda:N or auto, found \"", device, "\""));
}

// Takes the first of `numbers` that is free, and waits until one is.
absl::StatusOr<std::pair<int, DeviceLock>> TakeDevice(
    const std::vector<CudaDevice>& devices, const std::vector<int>& numbers) {
  for (bool waiting = false;; waiting = true) {
    for (int number : numbers) {
      ROBBENCH_ASSIGN_OR_RETURN(std::optional<DeviceLock> lock,
                                DeviceLock::TryTake(devices[number].bus));
      if (lock.has_value()) return std::pair(number, *std::move(lock));
    }
    if (!waiting) Say("waiting for a CUDA device that no other run holds");
    absl::SleepFor(absl::Milliseconds(200));
  }
}

absl::StatusOr<NumericProfile> EnterProfile(absl::string_view device,
                                            absl::string_view name,
                                            bool on_cuda) {
  if (name.empty()) name = on_cuda ? "cuda" : kDefaultNumericProfile;
  if (absl::StartsWith(name, "cuda") == on_cuda) {
    return EnterNumericProfile(name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--numeric_profile: expected ",
                   on_cuda ? "cuda or cuda_fast" : "portable or native",
                   " with --device=", device, ", found ", name));
}

}  // namespace

absl::StatusOr<NumericDevice> EnterDevice(absl::string_view device,
                                          absl::string_view profile) {
  std::optional<int> number;
  std::vector<CudaDevice> devices;
  absl::Status why_cpu;
  if (device != "cpu") {
    ROBBENCH_ASSIGN_OR_RETURN(number, CudaNumber(device));
    absl::StatusOr<std::vector<CudaDevice>> found = FindCudaDevices();
    if (found.ok()) {
      devices = *std::move(found);
    } else if (device == "auto") {
      why_cpu = found.status();
    } else {
      return absl::Status(
          found.status().code(),
          absl::StrCat("--device=", device, ": ", found.status().message()));
    }
  }
  const int count = static_cast<int>(devices.size());
  if (number.has_value() && *number >= count) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--device=", device, ": expected cuda:0 to cuda:", count - 1,
        " on this machine, found ", device));
  }
  NumericDevice result{.name = "cpu"};
  ROBBENCH_ASSIGN_OR_RETURN(result.profile,
                            EnterProfile(device, profile, count > 0));
  ConfigureTorch(result.profile);
  if (count > 0) {
    std::vector<int> numbers;
    for (int i = 0; i < count; ++i) {
      if (!number.has_value() || i == *number) numbers.push_back(i);
    }
    ROBBENCH_ASSIGN_OR_RETURN(auto taken, TakeDevice(devices, numbers));
    ROBBENCH_RETURN_IF_ERROR(UseCudaDevice(taken.first));
    result.name = absl::StrCat("cuda:", taken.first);
    result.lock = std::move(taken.second);
    Say(absl::StrCat("device: ", result.name, ", ", devices[taken.first].name,
                     ", numeric profile ", result.profile.name));
  } else if (device == "auto") {
    Say(absl::StrCat("device: cpu; ", why_cpu.message()));
  }
  return result;
}

}  // namespace robbench
