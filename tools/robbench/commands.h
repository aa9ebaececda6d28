// Puts together the command robbench: its commands with their flags, help and
// examples.
#ifndef TOOLS_ROBBENCH_COMMANDS_H_
#define TOOLS_ROBBENCH_COMMANDS_H_

#include <memory>

#include "tools/robbench/command_line.h"
#include "tools/robbench/format.h"

namespace robbench {

// Returns the command line. `terminal` says what standard output is.
std::unique_ptr<CommandLine> RobbenchCommands(const Terminal& terminal = {});

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_COMMANDS_H_
