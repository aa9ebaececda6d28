#include "analysis/figures/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"

namespace robbench {
namespace {

constexpr size_t kMaxMessage = 2000;

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& string : strings) {
    pointers.push_back(const_cast<char*>(string.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

// Holds a running program. Its standard error goes to an unnamed file, which
// cannot fill up as a pipe does while another program is waited for.
class Process {
 public:
  absl::Status Start(const Command& command) {
    name_ = command.arguments[0];
    messages_.reset(std::tmpfile());
    if (messages_ == nullptr) {
      return absl::InternalError(
          absl::StrCat("temporary file: ", strerror(errno)));
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
                                     O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fileno(messages_.get()),
                                     STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());
    const int error = posix_spawn(&pid_, name_.c_str(), &actions, nullptr,
                                  Pointers(command.arguments).data(),
                                  Pointers(command.environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error == 0) return absl::OkStatus();
    pid_ = -1;
    return absl::NotFoundError(
        absl::StrCat(name_, ": cannot be run: ", strerror(error)));
  }

  absl::Status Wait() {
    if (pid_ < 0) return absl::OkStatus();
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
      return absl::OkStatus();
    }
    std::string message(kMaxMessage, '\0');
    std::rewind(messages_.get());
    message.resize(std::fread(message.data(), 1, kMaxMessage, messages_.get()));
    return absl::InternalError(absl::StrCat(
        name_, WIFEXITED(status) ? ": exit status " : ": ended by signal ",
        WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), ": ",
        message));
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string name_;
  std::unique_ptr<std::FILE, Close> messages_;
  pid_t pid_ = -1;
};

}  // namespace

absl::Status RunAll(const std::vector<Command>& commands) {
  std::vector<Process> processes(commands.size());
  absl::Status result;
  for (size_t i = 0; i < commands.size(); ++i) {
    result.Update(processes[i].Start(commands[i]));
  }
  for (Process& process : processes) result.Update(process.Wait());
  return result;
}

}  // namespace robbench
