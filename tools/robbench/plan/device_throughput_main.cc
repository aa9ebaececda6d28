// //tools/robbench/plan:device_throughput writes the throughput of a device for
// robbench plan, from what //training:pgd_benchmark measured there.
#include <google/protobuf/text_format.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/field_error.h"
#include "nas/base/file.h"
#include "nas/base/name.h"
#include "nas/base/path_list.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "tools/robbench/plan/measured_steps.h"
#include "tools/robbench/plan/throughput.pb.h"

ABSL_FLAG(robbench::PathList<struct StepsFlag>, steps, {},
          "what pgd_benchmark printed with --benchmark_format=json; several, "
          "once for each, of runs side by side on the device (required)");
ABSL_FLAG(std::string, name, "", "of the device, for robbench plan (required)");
ABSL_FLAG(std::string, description, "", "of the device in words (required)");
ABSL_FLAG(std::string, command, "", "that measured it (required)");
ABSL_FLAG(std::string, conditions, "", "profile, driver, date (required)");
ABSL_FLAG(std::string, throughput_out, "",
          "textproto Throughputs to write (required)");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Makes of measured training steps what robbench plan computes hours with.

  pgd_benchmark --device=cuda --batch=256 --benchmark_format=json \
      --benchmark_filter='paper_(1835|1000|2581|6109|7921|1462)/' > steps.json
  device_throughput --steps=steps.json --name=h200 --description="NVIDIA H200" \
      --command="pgd_benchmark --device=cuda --batch=256" \
      --conditions="profile cuda" --throughput_out=h200.textproto
  robbench plan --throughput=h200.textproto --device=h200

The multiply-adds a second are those of the 6,466 representatives, each trained
for as long as the others on CIFAR-10; seconds between the measured cells are on
a straight line in the multiply-adds. Measured cells differ in their cost.)";

// More than any benchmark prints.
constexpr int64_t kMostBytes = 16 << 20;

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::vector<std::string> paths = absl::GetFlag(FLAGS_steps).paths;
  const std::string out = absl::GetFlag(FLAGS_throughput_out);
  if (paths.empty()) return UsageError("--steps is required");
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("name", absl::GetFlag(FLAGS_name)));
  ROBBENCH_RETURN_IF_ERROR(
      RequireFlag("description", absl::GetFlag(FLAGS_description)));
  ROBBENCH_RETURN_IF_ERROR(
      RequireFlag("command", absl::GetFlag(FLAGS_command)));
  ROBBENCH_RETURN_IF_ERROR(
      RequireFlag("conditions", absl::GetFlag(FLAGS_conditions)));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("throughput_out", out));
  // robbench plan takes names in a list with commas.
  ROBBENCH_RETURN_IF_ERROR(
      CheckName("device_throughput", "--name", absl::GetFlag(FLAGS_name)));
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                            OutputFiles::Open({out}, paths));
  std::vector<std::string> texts;
  for (const std::string& path : paths) {
    ROBBENCH_ASSIGN_OR_RETURN(texts.emplace_back(), ReadFile(path, kMostBytes));
  }
  ROBBENCH_ASSIGN_OR_RETURN(const MeasuredSteps steps,
                            ReadMeasuredSteps(paths, texts));
  Throughputs throughputs;
  DeviceThroughput& device = *throughputs.add_devices();
  device.set_name(absl::GetFlag(FLAGS_name));
  device.set_description(absl::GetFlag(FLAGS_description));
  MeasuredThroughput& measured = *device.mutable_measured();
  const double throughput = MeanThroughput(steps, RepresentativeCosts());
  if (!(throughput > 0 && std::isfinite(throughput))) {
    return FieldError(paths.front(), "items_per_second",
                      "speeds that come to a number above 0", throughput);
  }
  measured.set_multiply_adds_per_second(throughput);
  measured.set_command(absl::GetFlag(FLAGS_command));
  std::string conditions = absl::GetFlag(FLAGS_conditions);
  absl::StrAppend(&conditions, "; images a second");
  for (const auto& [cost, speed] : steps) {
    absl::StrAppend(&conditions, ", ", speed, " at ", cost / 1e6,
                    " M multiply-adds");
  }
  measured.set_conditions(conditions);
  std::string text;
  google::protobuf::TextFormat::PrintToString(throughputs, &text);
  outputs.Add(out, text);
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
