// The robbench command: looks at cells, benchmark tables and artifacts.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "tools/robbench/commands.h"
#include "tools/robbench/format.h"

namespace robbench {
namespace {

// Finds out what standard output is. NO_COLOR (no-color.org) is respected.
Terminal StandardOutput() {
  Terminal terminal;
  const char* kind = getenv("TERM");
  if (isatty(STDOUT_FILENO) == 0 || kind == nullptr) return terminal;
  const char* no_colour = getenv("NO_COLOR");
  terminal.colour = std::string(kind) != "dumb" &&
                    (no_colour == nullptr || *no_colour == '\0');
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    terminal.width = size.ws_col;
  return terminal;
}

absl::Status Run(const std::vector<std::string>& arguments) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::string text,
                            RobbenchCommands(StandardOutput())->Run(arguments));
  std::cout << text << std::flush;
  if (!std::cout) return absl::DataLossError("standard output: cannot write");
  return absl::OkStatus();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunWithArguments(argc, argv, robbench::Run);
}
