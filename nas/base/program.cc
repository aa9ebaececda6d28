#include "nas/base/program.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <iostream>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "nas/base/file.h"
#include "nas/base/version.h"

namespace robbench {
namespace {

constexpr char kUsagePayload[] = "robbench/usage";

// Abseil leaves by exit(1) on a bad flag and after help; the handler is armed
// only while flags are parsed.
bool parsing_flags = false;
bool help_wanted = false;

void LeaveWithUsageCode() {
  if (!parsing_flags) return;
  std::cout.flush();
  fflush(nullptr);
  _exit(!help_wanted ? 2 : std::cout ? 0 : 1);
}

// The flag as Abseil knows it, if it asks for help or for the version; else "".
std::string HelpFlag(absl::string_view argument) {
  if (argument == "-h") return "--help";
  absl::string_view name = argument;
  if (!absl::ConsumePrefix(&name, "-")) return "";
  absl::ConsumePrefix(&name, "-");
  name = name.substr(0, name.find('='));
  for (const char* flag : {"help", "helpfull", "helpmatch", "helpon",
                           "helppackage", "helpshort", "version"}) {
    if (name == flag) return std::string(argument);
  }
  return "";
}

// Help is shown whatever else is given: the only argument is then its flag.
std::vector<char*> HelpOrAllArguments(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; ++i) {
    static std::string& flag = *new std::string;
    flag = HelpFlag(argv[i]);
    if (flag.empty()) continue;
    help_wanted = true;
    arguments = {argv[0], flag.data()};
    break;
  }
  return arguments;
}

bool IsOurs(absl::string_view file) { return !absl::StrContains(file, "absl"); }

// Megabytes of 10^6 bytes that this process may use, and who says so.
uint64_t MemoryLimit(const char** whose) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    *whose = "allowed (ulimit -v)";
    return limit.rlim_cur / 1000000;
  }
  *whose = "of this machine";
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         sysconf(_SC_PAGESIZE) / 1000000;
}

// Writes the message without memory from the heap, as there is none.
void SayOutOfMemory() {
  static char message[8192];
  const char* whose = "";
  const auto limit = static_cast<unsigned long long>(MemoryLimit(&whose));
  const bool has_read = LastFileRead()[0] != '\0';
  snprintf(message, sizeof(message),
           "error: out of memory: needs more than the %llu MB %s%s%s\n", limit,
           whose, has_read ? "; the last file read was " : "", LastFileRead());
  (void)!write(STDERR_FILENO, message, strlen(message));
}

std::terminate_handler next_handler = nullptr;

// Whether the heap has no room left, not even for an exception.
bool IsOutOfMemory() {
  // Volatile, as compilers may take an allocation that nobody uses as done.
  void* volatile const room = malloc(1 << 16);
  free(room);
  return room == nullptr;
}

// For an exception that leaves a thread or a function that may not throw, and
// for one that could not be made.
void SayWhyAndTerminate() {
  bool out_of_memory = false;
  if (std::current_exception() == nullptr) {
    out_of_memory = IsOutOfMemory();
  } else {
    try {
      throw;
    } catch (const std::bad_alloc&) {
      out_of_memory = true;
    } catch (...) {
    }
  }
  if (out_of_memory) {
    SayOutOfMemory();
    _exit(1);
  }
  if (next_handler != nullptr) next_handler();
  abort();
}

// Constructors of static objects, those of shared libraries too, can run out
// of memory; this comes before them.
void SetTerminate(int, char**, char**) {
  next_handler = std::set_terminate(SayWhyAndTerminate);
}

[[gnu::section(".preinit_array"),
  gnu::used]] void (*const set_terminate_first)(int, char**,
                                                char**) = SetTerminate;

// Enters the directory that the user is in, runs the body, prints its message
// and returns the exit code.
int RunBody(const std::function<absl::Status()>& body) {
  // `bazel run` starts programs elsewhere; relative paths are the user's.
  if (const char* directory = getenv("BUILD_WORKING_DIRECTORY")) {
    if (chdir(directory) != 0) {
      std::cerr << "error: cannot enter " << directory << "\n";
      return 1;
    }
  }

  absl::Status status;
  try {
    status = body();
  } catch (const std::bad_alloc&) {
    SayOutOfMemory();
    return 1;
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again ||
        error.code() == std::errc::not_enough_memory) {
      SayOutOfMemory();  // for the stack of a thread
      return 1;
    }
    status = absl::InternalError(error.what());
  } catch (const std::exception& error) {
    // LibTorch's exceptions are caught earlier, by CatchTorchErrors
    // (nas/network/torch_boundary.h).
    status = absl::InternalError(error.what());
  }
  if (status.ok()) return 0;
  const bool is_usage = status.GetPayload(kUsagePayload).has_value();
  std::cerr << (is_usage ? "usage: " : "error: ") << status.message() << "\n";
  return is_usage ? 2 : 1;
}

}  // namespace

std::string VersionText(absl::string_view path) {
  return absl::StrCat(path.substr(path.rfind('/') + 1), " (robbench) ",
                      kVersion, "\n");
}

int RunProgram(int argc, char** argv, absl::string_view usage,
               const ProgramBody& body) {
  absl::SetProgramUsageMessage(usage);
  const std::string version = VersionText(argv[0]);
  absl::FlagsUsageConfig config;
  config.contains_help_flags = IsOurs;
  config.contains_helpshort_flags = IsOurs;
  config.version_string = [version] { return version; };
  absl::SetFlagsUsageConfig(config);
  std::vector<char*> arguments = HelpOrAllArguments(argc, argv);
  const int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  std::atexit(LeaveWithUsageCode);
  parsing_flags = true;
  const std::vector<char*> rest =
      absl::ParseCommandLine(count, arguments.data());
  parsing_flags = false;
  return RunBody([&] {
    return body(std::vector<std::string>(rest.begin() + 1, rest.end()));
  });
}

int RunWithArguments(int argc, char** argv, const ProgramBody& body) {
  const std::vector<std::string> arguments(argv + std::min(argc, 1),
                                           argv + argc);
  return RunBody([&] { return body(arguments); });
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
