// The commands of robbench that read a benchmark table: query, compare, top,
// correlate, search and export.
#ifndef TOOLS_ROBBENCH_TABLE_COMMANDS_H_
#define TOOLS_ROBBENCH_TABLE_COMMANDS_H_

#include <string>
#include <vector>

#include "tools/robbench/command_line.h"
#include "tools/robbench/format.h"

namespace robbench {

// The values of --format and --dataset, for a shell to complete.
CommandLine::Values FormatValues();
CommandLine::Values DatasetValues();

// Cells as people list them: an argument each, or several with blanks or commas
// between them; no name of a cell has either.
std::vector<std::string> SplitCells(const std::vector<std::string>& arguments);

void AddTableCommands(const Terminal& terminal, CommandLine& line);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_TABLE_COMMANDS_H_
