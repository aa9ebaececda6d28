#include "nas/base/worker/worker_client.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace robbench {
namespace {

// Reads up to `size` bytes; fewer where the file ends.
std::string ReadBytes(int file, size_t size) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t count = read(file, &bytes[done], size - done);
    if (count <= 0) break;
    done += count;
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace

WorkerClient::WorkerClient(const std::string& program,
                           std::vector<std::string> arguments,
                           const std::string& log) {
  signal(SIGPIPE, SIG_IGN);
  unlink(log.c_str());
  int requests[2];
  int responses[2];
  CHECK(pipe2(requests, O_CLOEXEC) == 0 && pipe2(responses, O_CLOEXEC) == 0);
  arguments.insert(arguments.begin(), {program, "--persistent_worker"});
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  // Opened here: a worker that is slow to begin would empty the log of the next
  // one.
  const int errors =
      open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  CHECK(errors >= 0) << log;
  process_ = fork();
  CHECK(process_ >= 0);
  if (process_ == 0) {
    dup2(requests[0], STDIN_FILENO);
    dup2(responses[1], STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execv(program.c_str(), argv.data());
    _exit(127);
  }
  close(requests[0]);
  close(responses[1]);
  close(errors);
  requests_ = requests[1];
  responses_ = responses[0];
}

WorkerClient::~WorkerClient() {
  if (process_ > 0) Abandon();
}

std::optional<WorkResponse> WorkerClient::Ask(
    const std::vector<std::string>& arguments, int request_id) {
  WorkRequest request;
  request.mutable_arguments()->Assign(arguments.begin(), arguments.end());
  request.set_request_id(request_id);
  Send(request);
  return Receive();
}

void WorkerClient::Send(const WorkRequest& request) {
  std::string bytes;
  size_t size = request.ByteSizeLong();
  for (; size >= 0x80; size >>= 7) {
    bytes.push_back(static_cast<char>(size | 0x80));
  }
  bytes.push_back(static_cast<char>(size));
  SendBytes(bytes + request.SerializeAsString());
}

void WorkerClient::SendBytes(const std::string& bytes) {
  // A worker that has ended takes nothing.
  (void)!write(requests_, bytes.data(), bytes.size());
}

std::optional<WorkResponse> WorkerClient::Receive() {
  size_t size = 0;
  for (int shift = 0;; shift += 7) {
    const std::string byte = ReadBytes(responses_, 1);
    if (byte.empty()) return std::nullopt;
    size |= static_cast<size_t>(byte[0] & 0x7f) << shift;
    if ((byte[0] & 0x80) == 0) break;
  }
  WorkResponse response;
  CHECK(response.ParseFromString(ReadBytes(responses_, size)));
  return response;
}

int WorkerClient::Finish() {
  close(requests_);
  const int code = Wait();
  close(responses_);
  return code;
}

int WorkerClient::Abandon() {
  close(requests_);
  close(responses_);
  return Wait();
}

int WorkerClient::Wait() {
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace robbench
