#include "nas/base/worker/persistent_worker.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "nas/base/status_macros.h"
#include "nas/base/worker/worker_protocol.pb.h"

namespace robbench {
namespace {

constexpr char kWorkerFlag[] = "--persistent_worker";
// Set in a request's process. A program that restarts itself in another
// environment (numeric_profile.h) would come back as a worker.
constexpr char kRequestVariable[] = "ROBBENCH_WORK_REQUEST";
constexpr uint64_t kMaxRequestBytes = uint64_t{64} << 20;
constexpr size_t kMaxOutputBytes = size_t{1} << 20;
constexpr int kTickMilliseconds = 50;

struct Limits {
  absl::Duration idle = absl::Minutes(5);
  absl::Duration time = absl::Hours(48);
  int64_t memory_mib = 0;
};

struct ResourceUse {
  int64_t processor_ticks = 0;
  int64_t memory_mib = 0;
};

// The time since an arbitrary start, by a clock that nobody sets.
absl::Duration Now() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

int64_t MebibytesOfPages(int64_t pages) {
  return pages * (sysconf(_SC_PAGESIZE) >> 10) >> 10;
}

absl::StatusOr<Limits> ParseLimits(int argc, char** argv) {
  Limits limits{.memory_mib = MebibytesOfPages(sysconf(_SC_PHYS_PAGES)) / 2};
  for (int i = 1; i < argc; ++i) {
    absl::string_view value = argv[i];
    bool good = true;
    if (absl::ConsumePrefix(&value, "--worker_idle_limit=")) {
      good = absl::ParseDuration(std::string(value), &limits.idle) &&
             limits.idle > absl::ZeroDuration();
    } else if (absl::ConsumePrefix(&value, "--worker_time_limit=")) {
      good = absl::ParseDuration(std::string(value), &limits.time) &&
             limits.time > absl::ZeroDuration();
    } else if (absl::ConsumePrefix(&value, "--worker_memory_limit_mib=")) {
      good =
          absl::SimpleAtoi(value, &limits.memory_mib) && limits.memory_mib > 0;
    } else if (value != kWorkerFlag) {
      return UsageError(absl::StrCat(
          argv[i], ": a worker takes its arguments from requests"));
    }
    if (!good) return UsageError(absl::StrCat(argv[i], ": bad value"));
  }
  return limits;
}

absl::Status CheckProcess() {
  if (getenv(kRequestVariable) != nullptr) {
    return absl::FailedPreconditionError(
        "--numeric_profile: the worker was started in the environment of "
        "another profile");
  }
  int threads = 0;
  if (DIR* tasks = opendir("/proc/self/task")) {
    while (const dirent* task = readdir(tasks)) threads += *task->d_name != '.';
    closedir(tasks);
  }
  if (threads == 1) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "expected one thread in a worker, found ", threads,
      "; start it in the environment of a numeric profile (OMP_NUM_THREADS=1, "
      "...)"));
}

// Reads one byte of standard input; false at its end.
absl::StatusOr<bool> ReadByte(unsigned char& byte) {
  for (;;) {
    const ssize_t count = read(STDIN_FILENO, &byte, 1);
    if (count >= 0) return count == 1;
    if (errno != EINTR) return absl::ErrnoToStatus(errno, "standard input");
  }
}

// Returns nullopt at the end of the input.
absl::StatusOr<std::optional<WorkRequest>> ReadRequest() {
  const absl::Status cut_short =
      absl::DataLossError("work request: cut short by the end of the input");
  uint64_t size = 0;
  for (int shift = 0;; shift += 7) {
    unsigned char byte = 0;
    ROBBENCH_ASSIGN_OR_RETURN(const bool more, ReadByte(byte));
    if (!more && shift == 0) return std::nullopt;
    if (!more) return cut_short;
    size |= uint64_t{byte & 0x7fu} << shift;
    if (size > kMaxRequestBytes || shift > 28) {
      return absl::InvalidArgumentError(absl::StrCat(
          "work request: expected at most ", kMaxRequestBytes, " bytes"));
    }
    if (byte < 0x80) break;
  }
  std::string bytes(size, '\0');
  for (size_t done = 0; done < size;) {
    const ssize_t count = read(STDIN_FILENO, &bytes[done], size - done);
    if (count == 0) return cut_short;
    if (count > 0) {
      done += count;
    } else if (errno != EINTR) {
      return absl::ErrnoToStatus(errno, "standard input");
    }
  }
  WorkRequest request;
  if (!request.ParseFromString(bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat("work request: its ", size, " bytes are no WorkRequest"));
  }
  return request;
}

// Writes a response behind its length; false when nobody reads it.
bool WriteResponse(int file, const WorkResponse& response) {
  std::string bytes;
  for (size_t size = response.ByteSizeLong();; size >>= 7) {
    bytes.push_back(static_cast<char>(size < 0x80 ? size : size | 0x80));
    if (size < 0x80) break;
  }
  response.AppendToString(&bytes);
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t count = write(file, &bytes[done], bytes.size() - done);
    if (count >= 0) {
      done += count;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::optional<ResourceUse> ReadUse(pid_t process) {
  std::ifstream file(absl::StrCat("/proc/", process, "/stat"));
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  // The third field and the rest follow the program's name in parentheses
  // (proc(5)); the name may have blanks and parentheses itself.
  const size_t name_end = all.rfind(") ");
  if (name_end == std::string::npos) return std::nullopt;
  const std::vector<std::string> fields =
      absl::StrSplit(all.substr(name_end + 2), ' ');
  int64_t user = 0;
  int64_t system = 0;
  int64_t pages = 0;
  if (fields.size() < 22 || !absl::SimpleAtoi(fields[11], &user) ||
      !absl::SimpleAtoi(fields[12], &system) ||
      !absl::SimpleAtoi(fields[21], &pages)) {
    return std::nullopt;
  }
  return ResourceUse{user + system, MebibytesOfPages(pages)};
}

// Watches a request's process for using more time or memory than it may.
class Watchdog {
 public:
  Watchdog(pid_t process, const Limits& limits)
      : process_(process), limits_(limits) {}

  // Returns why the process must be killed; empty if it need not be. It looks
  // at the process at most once a tick.
  std::string Complaint() {
    const absl::Duration now = Now();
    if (now < next_) return "";
    next_ = now + absl::Milliseconds(kTickMilliseconds);
    const std::optional<ResourceUse> use = ReadUse(process_);
    if (!use.has_value()) return "";
    if (use->processor_ticks != ticks_) {
      ticks_ = use->processor_ticks;
      active_ = now;
    }
    if (use->memory_mib > limits_.memory_mib) {
      return absl::StrCat("expected at most ", limits_.memory_mib,
                          " MiB of memory (--worker_memory_limit_mib), found ",
                          use->memory_mib);
    }
    if (now - active_ > limits_.idle) {
      return absl::StrCat("no processor time for ",
                          absl::FormatDuration(limits_.idle),
                          " (--worker_idle_limit)");
    }
    if (now - start_ > limits_.time) {
      return absl::StrCat("expected at most ",
                          absl::FormatDuration(limits_.time),
                          " (--worker_time_limit)");
    }
    return "";
  }

 private:
  const pid_t process_;
  const Limits limits_;
  const absl::Duration start_ = Now();
  absl::Duration next_ = start_ + absl::Milliseconds(kTickMilliseconds);
  absl::Duration active_ = start_;
  int64_t ticks_ = -1;
};

class Worker {
 public:
  Worker(const char* program, absl::string_view usage, const ProgramBody& body,
         const Limits& limits)
      : program_(program), usage_(usage), body_(body), limits_(limits) {}

  absl::Status Run() {
    ROBBENCH_RETURN_IF_ERROR(CheckProcess());
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);  // else nobody can be waited for
    // From here on, what the program prints to standard output goes to
    // standard error, so that Bazel reads nothing but responses.
    responses_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    null_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (responses_ < 0 || null_ < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
      return absl::ErrnoToStatus(errno, "standard output");
    }
    for (;;) {
      ROBBENCH_ASSIGN_OR_RETURN(const std::optional<WorkRequest> request,
                                ReadRequest());
      if (!request.has_value()) return absl::OkStatus();
      ROBBENCH_ASSIGN_OR_RETURN(const std::optional<WorkResponse> response,
                                Serve(*request));
      if (!response.has_value() || !WriteResponse(responses_, *response)) {
        return absl::OkStatus();
      }
    }
  }

 private:
  // Returns nullopt when nobody waits for the response any more.
  absl::StatusOr<std::optional<WorkResponse>> Serve(
      const WorkRequest& request) const {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
    const pid_t worker = getpid();
    const pid_t process = fork();
    if (process < 0) return absl::ErrnoToStatus(errno, "fork");
    if (process == 0) RunRequest(request, worker, ends[1]);
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    std::optional<WorkResponse> response = Await(process, ends[0]);
    close(ends[0]);
    if (response.has_value()) response->set_request_id(request.request_id());
    return response;
  }

  [[noreturn]] void RunRequest(const WorkRequest& request, pid_t worker,
                               int output) const {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != worker) _exit(1);
    signal(SIGPIPE, SIG_DFL);
    setenv(kRequestVariable, "1", /*overwrite=*/1);
    dup2(null_, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    for (int file : {null_, output, responses_}) close(file);
    std::vector<std::string> arguments = {program_};
    for (const std::string& argument : request.arguments()) {
      arguments.push_back(argument);
    }
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int code = RunProgram(static_cast<int>(arguments.size()), argv.data(),
                                usage_, body_);
    std::cout.flush();
    std::cerr.flush();
    fflush(nullptr);
    _exit(code);  // the libraries' destructors would do for nothing
  }

  // Gathers the process's output until it ends or must be killed.
  std::optional<WorkResponse> Await(pid_t process, int output) const {
    WorkResponse response;
    Watchdog watchdog(process, limits_);
    std::string killed;
    bool open = true;
    for (;;) {
      // Its end closes the pipe shortly before the process can be waited for.
      pollfd files[] = {{open ? output : -1, POLLIN, 0}, {responses_, 0, 0}};
      poll(files, 2, open ? kTickMilliseconds : 1);
      int status = 0;
      const bool ended = waitpid(process, &status, WNOHANG) == process;
      open = open && Drain(output, *response.mutable_output());
      if (ended) {
        response.set_exit_code(ExitCode(status, killed, response));
        return response;
      }
      const bool unread = (files[1].revents & (POLLERR | POLLHUP)) != 0;
      if (killed.empty()) killed = unread ? "unread" : watchdog.Complaint();
      if (!killed.empty()) kill(process, SIGKILL);
      if (unread) {
        waitpid(process, &status, 0);
        return std::nullopt;
      }
    }
  }

  // Appends what can be read to `output`. Returns false at the end of the file.
  static bool Drain(int file, std::string& output) {
    char buffer[1 << 12];
    for (;;) {
      const ssize_t count = read(file, buffer, sizeof(buffer));
      if (count == 0) return false;
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno == EAGAIN;
      output.append(buffer, count);
      std::cerr.write(buffer, count).flush();
      if (output.size() > kMaxOutputBytes) {
        output.erase(0, output.size() - kMaxOutputBytes / 2);
      }
    }
  }

  static int ExitCode(int status, const std::string& killed,
                      WorkResponse& response) {
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    const int signal = WTERMSIG(status);
    const std::string message =
        killed.empty() ? absl::StrCat("error: ended by signal ", signal, " (",
                                      strsignal(signal), ")\n")
                       : absl::StrCat("error: killed: ", killed, "\n");
    response.mutable_output()->append(message);
    std::cerr << message;
    return killed.empty() ? 128 + signal : 1;
  }

  const char* const program_;
  const std::string usage_;
  const ProgramBody body_;
  const Limits limits_;
  int responses_ = -1;
  int null_ = -1;
};

}  // namespace

int RunProgramOrWorker(int argc, char** argv, absl::string_view usage,
                       const ProgramBody& body) {
  if (std::none_of(argv + 1, argv + argc, [](absl::string_view argument) {
        return argument == kWorkerFlag;
      })) {
    return RunProgram(argc, argv, usage, body);
  }
  const absl::StatusOr<Limits> limits = ParseLimits(argc, argv);
  if (!limits.ok()) {
    std::cerr << "usage: " << limits.status().message() << "\n";
    return 2;
  }
  const absl::Status status = Worker(argv[0], usage, body, *limits).Run();
  if (status.ok()) return 0;
  std::cerr << "error: " << status.message() << "\n";
  return 1;
}

}  // namespace robbench
