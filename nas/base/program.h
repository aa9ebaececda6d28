// The frame of every command: flags in, exit code out.
//
//   ABSL_FLAG(std::string, out, "", "the file to write (required)");
//   absl::Status Run(const std::vector<std::string>& arguments);
//   int main(int argc, char** argv) {
//     return robbench::RunProgram(argc, argv, "Usage: ...", Run);
//   }
//
// Exit codes: 0 done; 1 wrong input or failed check (the status's message on
// standard error); 2 usage (unknown flag, bad value, or a status made by
// UsageError).
#ifndef NAS_BASE_PROGRAM_H_
#define NAS_BASE_PROGRAM_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace robbench {

using ProgramBody =
    std::function<absl::Status(const std::vector<std::string>& arguments)>;

int RunProgram(int argc, char** argv, absl::string_view usage,
               const ProgramBody& body);

// The same for a program that reads its flags itself: `body` gets all arguments
// as they are.
int RunWithArguments(int argc, char** argv, const ProgramBody& body);

// A mistake on the command line: RunProgram turns it into exit code 2.
absl::Status UsageError(absl::string_view message);

// UsageError naming the flag unless `value` is set: for required flags.
absl::Status RequireFlag(absl::string_view name, absl::string_view value);

}  // namespace robbench

#endif  // NAS_BASE_PROGRAM_H_
