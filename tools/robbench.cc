// The robbench command: looks at cells and artifacts, changes nothing.
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "tools/robbench_describe.h"
#include "tools/robbench_format.h"
#include "tools/robbench_inspect.h"

ABSL_FLAG(std::string, format, "text", "output: text or json");
ABSL_FLAG(int, channels, 16, "describe: channels of the first stage");
ABSL_FLAG(int, cells_per_stage, 5, "describe: cells in each of the 3 stages");
ABSL_FLAG(int, image_channels, 3, "describe: channels of the image");
ABSL_FLAG(int, image_size, 32, "describe: height and width of the image");
ABSL_FLAG(int, classes, 10, "describe: number of classes");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Looks at cells and artifacts.

  robbench describe CELL    a cell's names, class and cost; CELL is an official
                            index, a six-digit code or an architecture string
  robbench inspect FILE     a record (.binpb) or tensors (.safetensors)

Exit codes: 0 done, 1 wrong input, 2 usage.)";

absl::StatusOr<std::string> Describe(const std::string& cell,
                                     OutputFormat format) {
  const SkeletonSize size = {
      .channels = absl::GetFlag(FLAGS_channels),
      .cells_per_stage = absl::GetFlag(FLAGS_cells_per_stage),
      .image_channels = absl::GetFlag(FLAGS_image_channels),
      .image_size = absl::GetFlag(FLAGS_image_size),
      .classes = absl::GetFlag(FLAGS_classes)};
  return DescribeCell(cell, size, format);
}

absl::StatusOr<std::string> Inspect(const std::string& path,
                                    OutputFormat format) {
  ROBBENCH_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
  return InspectArtifact(path, std::move(bytes), format);
}

struct Command {
  absl::string_view name;
  absl::string_view argument;
  absl::StatusOr<std::string> (*run)(const std::string& argument,
                                     OutputFormat format);
};

constexpr Command kCommands[] = {
    {"describe", "CELL", Describe},
    {"inspect", "FILE", Inspect},
};

absl::Status Run(const std::vector<std::string>& arguments) {
  ROBBENCH_ASSIGN_OR_RETURN(const OutputFormat format,
                            ParseOutputFormat(absl::GetFlag(FLAGS_format)));
  if (arguments.empty()) {
    return UsageError("a command is required: describe or inspect; see --help");
  }
  for (const Command& command : kCommands) {
    if (command.name != arguments[0]) continue;
    if (arguments.size() != 2) {
      return UsageError(absl::StrCat(command.name, ": expected one ",
                                     command.argument, ", found ",
                                     arguments.size() - 1, " arguments"));
    }
    ROBBENCH_ASSIGN_OR_RETURN(const std::string text,
                              command.run(arguments[1], format));
    std::cout << text << std::flush;
    if (!std::cout) return absl::DataLossError("standard output: cannot write");
    return absl::OkStatus();
  }
  return UsageError(
      absl::StrCat("command: expected describe or inspect, found "
                   "\"",
                   arguments[0], "\""));
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
