// The commands of robbench that read a benchmark table: query, compare, top,
// correlate, search and export.
#ifndef TOOLS_ROBBENCH_TABLE_COMMANDS_H_
#define TOOLS_ROBBENCH_TABLE_COMMANDS_H_

#include <string>
#include <vector>

#include "tools/robbench/command_line.h"
#include "tools/robbench/format.h"

namespace robbench {

// Return the values of --format and --dataset, for a shell to complete.
CommandLine::Values FormatValues();
CommandLine::Values DatasetValues();

// Splits arguments into cells. People write one cell an argument, or several
// with blanks or commas between them, which no name of a cell contains.
std::vector<std::string> SplitCells(const std::vector<std::string>& arguments);

// Adds these commands to `line`.
void AddTableCommands(const Terminal& terminal, CommandLine& line);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_TABLE_COMMANDS_H_
