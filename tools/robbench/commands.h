// The commands of robbench with their flags.
#ifndef TOOLS_ROBBENCH_COMMANDS_H_
#define TOOLS_ROBBENCH_COMMANDS_H_

#include <memory>

#include "tools/robbench/command_line.h"
#include "tools/robbench/format.h"

namespace robbench {

// `terminal` is what standard output is.
std::unique_ptr<CommandLine> RobbenchCommands(const Terminal& terminal = {});

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_COMMANDS_H_
