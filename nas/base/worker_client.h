// Bazel's side of a persistent worker, for tests.
#ifndef NAS_BASE_WORKER_CLIENT_H_
#define NAS_BASE_WORKER_CLIENT_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "nas/base/worker_protocol.pb.h"

namespace robbench {

class WorkerClient {
 public:
  // Starts `program` with --persistent_worker and `arguments`. Its standard
  // error becomes the file `log`.
  WorkerClient(const std::string& program, std::vector<std::string> arguments,
               const std::string& log);
  ~WorkerClient();
  WorkerClient(const WorkerClient&) = delete;
  WorkerClient& operator=(const WorkerClient&) = delete;

  // nullopt when the worker ends instead of answering.
  std::optional<WorkResponse> Ask(const std::vector<std::string>& arguments,
                                  int request_id = 0);
  void Send(const WorkRequest& request);
  void SendBytes(const std::string& bytes);
  std::optional<WorkResponse> Receive();

  // Closes the worker's standard input; its exit code, 128 + N after signal N.
  int Finish();
  // The same, and its standard output, before it has answered.
  int Abandon();

  pid_t process() const { return process_; }

 private:
  int Wait();

  pid_t process_ = -1;
  int requests_ = -1;
  int responses_ = -1;
};

}  // namespace robbench

#endif  // NAS_BASE_WORKER_CLIENT_H_
