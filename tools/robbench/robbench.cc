// The robbench command: looks at cells, benchmark tables and artifacts.
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "tools/robbench/commands.h"

namespace robbench {
namespace {

absl::Status Run(const std::vector<std::string>& arguments) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::string text,
                            RobbenchCommands()->Run(arguments));
  std::cout << text << std::flush;
  if (!std::cout) return absl::DataLossError("standard output: cannot write");
  return absl::OkStatus();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunWithArguments(argc, argv, robbench::Run);
}
