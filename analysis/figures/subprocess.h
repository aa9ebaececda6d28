// Runs installed programs (gnuplot, rsvg-convert) without a shell.
#ifndef ANALYSIS_FIGURES_SUBPROCESS_H_
#define ANALYSIS_FIGURES_SUBPROCESS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace robbench {

// A program and how it is run.
struct Command {
  std::vector<std::string> arguments;  // the program's path first
  std::string directory;               // where it runs
  // The whole environment, "NAME=value": nothing is inherited, so that the
  // caller's locale, time zone or home cannot show in the output.
  std::vector<std::string> environment;
};

// Starts all commands at once and waits for all. An error names the first
// program that failed, its exit status and what it said on standard error (at
// most 2,000 bytes); standard output is discarded.
absl::Status RunAll(const std::vector<Command>& commands);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_SUBPROCESS_H_
