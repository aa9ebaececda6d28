// A worker that behaves well or badly, as its flag --act says. It is run by
// persistent_worker_test.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/worker/persistent_worker.h"

ABSL_FLAG(std::string, act, "", "what to do");
ABSL_FLAG(std::string, text, "default", "printed and written");
ABSL_FLAG(std::string, out, "", "file to write");
ABSL_FLAG(int, count, 1, "of whatever");

namespace robbench {
namespace {

int requests_seen = 0;  // in this process

absl::Status Run(const std::vector<std::string>& arguments) {
  const std::string act = absl::GetFlag(FLAGS_act);
  const int count = absl::GetFlag(FLAGS_count);
  ++requests_seen;
  if (act == "fail") return absl::InternalError("it failed");
  if (act == "usage") return RequireFlag("missing", "");
  if (act == "exit") exit(7);
  if (act == "abort") abort();
  if (act == "crash") raise(SIGSEGV);
  if (act == "hang") pause();
  if (act == "spin") {
    for (volatile int i = 0;; i = i + 1) {
    }
  }
  if (act == "say") std::cerr << "begins" << std::endl;
  if (act == "say" || act == "sleep") sleep(count);
  if (act == "allocate") {
    for (int i = 0; i < count; ++i) {  // MiB
      volatile char* const block = new char[1 << 20];
      memset(const_cast<char*>(block), 1, 1 << 20);
    }
    pause();
  }
  if (act == "print") {
    for (int i = 0; i < count; ++i) printf("line %d\n", i);
    return absl::OkStatus();
  }
  if (act == "read") {
    std::cout << "read " << (std::cin.get() == EOF ? "nothing" : "something");
    return absl::OkStatus();
  }
  if (act == "close") {
    fclose(stdout);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    usleep(200'000);
    return absl::OkStatus();
  }
  // A grandchild that keeps the pipe.
  if (act == "leave_behind" && fork() == 0) {
    sleep(5);
    _exit(0);
  }
  const std::string all =
      absl::StrCat(absl::GetFlag(FLAGS_text), " ", count, " ", arguments.size(),
                   " ", requests_seen, "\n");
  std::cout << "out " << all;
  std::cerr << "err " << all;
  const std::string out = absl::GetFlag(FLAGS_out);
  return out.empty() ? absl::OkStatus() : WriteFile(out, all);
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  // As of a library that starts threads when it is loaded.
  if (getenv("START_A_THREAD") != nullptr) std::thread(pause).detach();
  return robbench::RunProgramOrWorker(argc, argv, "For a test.", robbench::Run);
}
