// A program with the frame of all programs here, which program_test runs.
#include "nas/base/program.h"

#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "nas/base/file.h"
#include "nas/base/path_list.h"
#include "nas/base/status_macros.h"

ABSL_FLAG(robbench::PathList<struct OneFlag>, one, {}, "paths");
ABSL_FLAG(robbench::PathList<struct TwoFlag>, two, {}, "other paths");
ABSL_FLAG(std::string, read, "", "a file to be read first");
ABSL_FLAG(int64_t, megabytes, 0, "memory to use");
ABSL_FLAG(bool, in_thread, false, "use it in a thread");

namespace robbench {
namespace {

void UseMemory() {
  const std::string memory(absl::GetFlag(FLAGS_megabytes) * 1000000, 'x');
  std::cout << memory.substr(0, 1);
}

// With this variable: no memory is left before main(), and a constructor would
// throw. The C++ library then ends the program without an exception.
[[maybe_unused]] const bool is_without_memory = [] {
  if (getenv("WITHOUT_MEMORY_BEFORE_MAIN") == nullptr) return false;
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_AS, &none);
  for (size_t size = 1 << 24; size > 0; size /= 2) {
    for (void* volatile room = &size; room != nullptr;) room = malloc(size);
  }
  std::terminate();
}();

absl::Status Run(const std::vector<std::string>& arguments) {
  if (const std::string path = absl::GetFlag(FLAGS_read); !path.empty()) {
    ROBBENCH_RETURN_IF_ERROR(ReadFile(path).status());
  }
  if (absl::GetFlag(FLAGS_megabytes) > 0) {
    if (absl::GetFlag(FLAGS_in_thread)) {
      std::thread(UseMemory).join();
    } else {
      UseMemory();
    }
  }
  std::cout << absl::StrJoin(absl::GetFlag(FLAGS_one).paths, "|") << "\n"
            << absl::StrJoin(absl::GetFlag(FLAGS_two).paths, "|") << "\n"
            << absl::StrJoin(arguments, "|") << "\n";
  return absl::OkStatus();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, "For a test.", robbench::Run);
}
