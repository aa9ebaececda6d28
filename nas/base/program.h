// The frame of every command: flags in, exit code out.
//
//   ABSL_FLAG(std::string, out, "", "the file to write (required)");
//   absl::Status Run(const std::vector<std::string>& arguments);
//   int main(int argc, char** argv) {
//     return robbench::RunProgram(argc, argv, "Usage: ...", Run);
//   }
//
// Exit codes: 0 done, and help or version shown; 1 wrong input or failed check
// (the status's message on standard error), and no memory; 2 usage (unknown
// flag, bad value, or a status made by UsageError).
//
// --help (also -help, -h) lists the program's own flags, --helpfull all of
// them, --version says which version it is, whatever else is given.
#ifndef NAS_BASE_PROGRAM_H_
#define NAS_BASE_PROGRAM_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace robbench {

// The work of a program, called with its arguments that are not flags.
using ProgramBody =
    std::function<absl::Status(const std::vector<std::string>& arguments)>;

// Parses the flags, answers help and version, runs `body` in the directory that
// the user called from (`bazel run` starts programs elsewhere) and returns the
// exit code.
int RunProgram(int argc, char** argv, absl::string_view usage,
               const ProgramBody& body);

// Does the same for a program that parses its flags itself: `body` gets all
// arguments as they are. Where memory runs out, in whatever thread, either
// function prints how much there was and which file was read last.
int RunWithArguments(int argc, char** argv, const ProgramBody& body);

// Returns "NAME (robbench) 0.9.0\n" for a program that was started as `path`.
std::string VersionText(absl::string_view path);

// Returns the error for a mistake on the command line, which RunProgram turns
// into exit code 2.
absl::Status UsageError(absl::string_view message);

// For required flags: returns OK if `value` is not empty, else a UsageError
// that names the flag.
absl::Status RequireFlag(absl::string_view name, absl::string_view value);

}  // namespace robbench

#endif  // NAS_BASE_PROGRAM_H_
