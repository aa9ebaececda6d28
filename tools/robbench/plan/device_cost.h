// Estimates what multiply-adds cost on a device: hours, energy and carbon
// dioxide.
#ifndef TOOLS_ROBBENCH_PLAN_DEVICE_COST_H_
#define TOOLS_ROBBENCH_PLAN_DEVICE_COST_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace robbench {

// Which devices to plan for, from the flags of robbench plan.
struct DeviceOptions {
  // A device without a name, of this throughput; 0: none.
  double multiply_adds_per_second = 0;
  // Names in the file of throughputs.
  std::vector<std::string> names;
  // Throughputs as textproto (throughput.proto); empty: devices.textproto.
  std::string throughput_path;
  // Of a device, in place of the file's; 0: the file's.
  double watts = 0;
  // Grams of CO2 a kWh; 0: no CO2.
  double grams_per_kwh = 0;
};

// One device and what it costs.
struct PlannedDevice {
  std::string name;  // empty: the one without
  double multiply_adds_per_second = 0;
  bool is_measured = false;
  std::string basis;  // a sentence: what the throughput is from
  std::optional<double> watts;
  std::string watts_source;
  std::optional<double> grams_per_kwh;  // only with watts

  double Hours(double multiply_adds) const;
  std::optional<double> KilowattHours(double multiply_adds) const;
  std::optional<double> KilogramsOfCo2(double multiply_adds) const;
};

// Returns the devices of the options, each once. Usage errors name the flag
// and, for a name that the file does not have, the nearest one. InvalidArgument
// says what is wrong in the file.
absl::StatusOr<std::vector<PlannedDevice>> PlannedDevices(
    const DeviceOptions& options);

// Returns the names in devices.textproto.
std::vector<std::string> KnownDevices();

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_PLAN_DEVICE_COST_H_
