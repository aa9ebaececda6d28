#include "tools/robbench/plan/device_cost.h"

#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "nas/base/field_error.h"
#include "nas/base/name.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "tools/robbench/plan/devices.embed.h"
#include "tools/robbench/plan/throughput.pb.h"

namespace robbench {
namespace {

absl::Status Check(const std::string& path, const Throughputs& throughputs) {
  std::set<std::string> names;
  for (const DeviceThroughput& device : throughputs.devices()) {
    const auto error = [&](absl::string_view field, absl::string_view expected,
                           const absl::AlphaNum& found) {
      return FieldError(
          path,
          absl::StrCat("devices[", QuotedName(device.name()), "].", field),
          expected, found);
    };
    // Also refuses NaN and infinity.
    const auto is_positive = [](double value) {
      return value > 0 && std::isfinite(value);
    };
    if (device.name().empty() || !names.insert(device.name()).second) {
      return error("name", "a name, each once", QuotedName(device.name()));
    }
    switch (device.basis_case()) {
      case DeviceThroughput::kMeasured:
        if (!is_positive(device.measured().multiply_adds_per_second())) {
          return error("measured.multiply_adds_per_second", "more than 0",
                       device.measured().multiply_adds_per_second());
        }
        break;
      case DeviceThroughput::kAssumed:
        if (!is_positive(device.assumed().peak_flops())) {
          return error("assumed.peak_flops", "more than 0",
                       device.assumed().peak_flops());
        }
        if (!(device.assumed().share() > 0 && device.assumed().share() <= 1)) {
          return error("assumed.share", "above 0 to 1",
                       device.assumed().share());
        }
        break;
      case DeviceThroughput::BASIS_NOT_SET:
        return error("basis", "measured or assumed", "neither");
    }
    if (device.has_watts() && !is_positive(device.watts())) {
      return error("watts", "more than 0", device.watts());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Throughputs> ReadThroughputs(const std::string& path) {
  Throughputs throughputs;
  if (path.empty()) {
    ROBBENCH_RETURN_IF_ERROR(
        ParseTextProto("devices.textproto", kDevices, &throughputs));
  } else {
    ROBBENCH_ASSIGN_OR_RETURN(auto file, ReadTextProto<Throughputs>(path));
    throughputs = std::move(file.message);
  }
  ROBBENCH_RETURN_IF_ERROR(
      Check(path.empty() ? "devices.textproto" : path, throughputs));
  return throughputs;
}

PlannedDevice FromFile(const DeviceThroughput& device) {
  PlannedDevice planned{.name = device.name()};
  if (device.has_measured()) {
    planned.is_measured = true;
    planned.multiply_adds_per_second =
        device.measured().multiply_adds_per_second();
    planned.basis = absl::StrCat("measured on ", device.description(), " by ",
                                 device.measured().command(), ": ",
                                 device.measured().conditions());
  } else {
    const AssumedThroughput& assumed = device.assumed();
    planned.multiply_adds_per_second =
        assumed.peak_flops() / 2 * assumed.share();
    planned.basis = absl::StrFormat(
        "assumed, not measured: %.3g %% of the peak of %.3g TFLOP/s of %s "
        "(%s); the share: %s",
        100 * assumed.share(), assumed.peak_flops() / 1e12,
        device.description(), assumed.source(), assumed.reason());
  }
  if (device.has_watts()) {
    planned.watts = device.watts();
    planned.watts_source = device.watts_source();
  }
  return planned;
}

absl::Status CheckFlag(absl::string_view flag, double value) {
  // Also refuses NaN.
  if (value >= 0 && std::isfinite(value)) return absl::OkStatus();
  return UsageError(absl::StrCat(flag, ": expected 0 or more, found ", value));
}

}  // namespace

double PlannedDevice::Hours(double multiply_adds) const {
  return multiply_adds / multiply_adds_per_second / 3600;
}

std::optional<double> PlannedDevice::KilowattHours(double multiply_adds) const {
  if (!watts) return std::nullopt;
  return Hours(multiply_adds) * *watts / 1000;
}

std::optional<double> PlannedDevice::KilogramsOfCo2(
    double multiply_adds) const {
  if (!watts || !grams_per_kwh) return std::nullopt;
  return *KilowattHours(multiply_adds) * *grams_per_kwh / 1000;
}

absl::StatusOr<std::vector<PlannedDevice>> PlannedDevices(
    const DeviceOptions& options) {
  ROBBENCH_RETURN_IF_ERROR(CheckFlag("--multiply_adds_per_second",
                                     options.multiply_adds_per_second));
  ROBBENCH_RETURN_IF_ERROR(CheckFlag("--watts", options.watts));
  ROBBENCH_RETURN_IF_ERROR(
      CheckFlag("--grams_co2_per_kwh", options.grams_per_kwh));
  ROBBENCH_ASSIGN_OR_RETURN(const Throughputs throughputs,
                            ReadThroughputs(options.throughput_path));
  std::vector<PlannedDevice> devices;
  if (options.multiply_adds_per_second > 0) {
    devices.push_back(
        {.multiply_adds_per_second = options.multiply_adds_per_second,
         .basis = "given by --multiply_adds_per_second"});
  }
  std::vector<std::string> known;
  for (const DeviceThroughput& device : throughputs.devices()) {
    known.push_back(device.name());
  }
  std::set<std::string> seen;
  for (const std::string& asked : options.names) {
    const std::optional<std::string> name = FindName(asked, known);
    if (!name) {
      return UsageError(absl::StrCat(
          "--device: ",
          options.throughput_path.empty() ? "devices.textproto"
                                          : options.throughput_path,
          " has no device ", QuotedName(asked), NameHint(asked, known)));
    }
    if (!seen.insert(*name).second) {
      return UsageError(absl::StrCat(
          "--device: expected each device once, found ", *name, " again"));
    }
    for (const DeviceThroughput& device : throughputs.devices()) {
      if (device.name() == *name) devices.push_back(FromFile(device));
    }
  }
  if (devices.empty() && (options.watts > 0 || options.grams_per_kwh > 0)) {
    return UsageError(
        "--watts and --grams_co2_per_kwh need hours: give --device or "
        "--multiply_adds_per_second");
  }
  for (PlannedDevice& device : devices) {
    if (options.watts > 0) {
      device.watts = options.watts;
      device.watts_source = "given by --watts";
    }
    if (options.grams_per_kwh == 0) continue;
    if (!device.watts) {
      return UsageError(absl::StrCat(
          "--grams_co2_per_kwh needs the power of ",
          device.name.empty() ? "the device" : device.name, ": give --watts"));
    }
    device.grams_per_kwh = options.grams_per_kwh;
  }
  return devices;
}

std::vector<std::string> KnownDevices() {
  std::vector<std::string> names;
  if (const auto throughputs = ReadThroughputs(""); throughputs.ok()) {
    for (const DeviceThroughput& device : throughputs->devices()) {
      names.push_back(device.name());
    }
  }
  return names;
}

}  // namespace robbench
