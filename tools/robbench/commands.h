// The commands of robbench with their flags.
#ifndef TOOLS_ROBBENCH_COMMANDS_H_
#define TOOLS_ROBBENCH_COMMANDS_H_

#include <memory>

#include "tools/robbench/command_line.h"

namespace robbench {

std::unique_ptr<CommandLine> RobbenchCommands();

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_COMMANDS_H_
