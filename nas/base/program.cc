#include "nas/base/program.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace robbench {
namespace {

constexpr char kUsagePayload[] = "robbench/usage";

// Abseil leaves by exit(1) on a bad flag; here that is usage, code 2. The
// handler is armed only while flags are parsed.
bool parsing_flags = false;
bool help_wanted = false;

void LeaveWithUsageCode() {
  if (!parsing_flags) return;
  std::cout.flush();
  fflush(nullptr);
  _exit(help_wanted ? 0 : 2);
}

int RunBody(const std::vector<std::string>& arguments,
            const ProgramBody& body) {
  // `bazel run` starts programs elsewhere; relative paths are the user's.
  if (const char* directory = getenv("BUILD_WORKING_DIRECTORY")) {
    if (chdir(directory) != 0) {
      std::cerr << "error: cannot enter " << directory << "\n";
      return 1;
    }
  }

  absl::Status status;
  try {
    status = body(arguments);
  } catch (const std::exception& error) {
    // Allocation failures and the like; LibTorch's own stop earlier.
    status = absl::InternalError(error.what());
  }
  if (status.ok()) return 0;
  const bool is_usage = status.GetPayload(kUsagePayload).has_value();
  std::cerr << (is_usage ? "usage: " : "error: ") << status.message() << "\n";
  return is_usage ? 2 : 1;
}

}  // namespace

int RunWithArguments(int argc, char** argv, const ProgramBody& body) {
  return RunBody({argv + std::min(argc, 1), argv + argc}, body);
}

int RunProgram(int argc, char** argv, absl::string_view usage,
               const ProgramBody& body) {
  absl::SetProgramUsageMessage(usage);
  for (int i = 1; i < argc; ++i) {
    if (absl::string_view(argv[i]).substr(0, 6) == "--help") help_wanted = true;
  }
  std::atexit(LeaveWithUsageCode);
  parsing_flags = true;
  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  parsing_flags = false;
  return RunBody({rest.begin() + 1, rest.end()}, body);
}

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord());
  return status;
}

absl::Status RequireFlag(absl::string_view name, absl::string_view value) {
  if (!value.empty()) return absl::OkStatus();
  return UsageError(absl::StrCat("--", name, " is required; see --help"));
}

}  // namespace robbench
