// Plays Bazel's side of the protocol of a persistent worker
// (nas/base/worker/persistent_worker.h), for tests of workers.
#ifndef NAS_BASE_WORKER_WORKER_CLIENT_H_
#define NAS_BASE_WORKER_WORKER_CLIENT_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "nas/base/worker/worker_protocol.pb.h"

namespace robbench {

// A worker process that this object started. CHECKs that the system can start
// it; destroying the client ends the worker.
class WorkerClient {
 public:
  // Starts `program` with --persistent_worker and `arguments`. Its standard
  // error becomes the file `log`.
  WorkerClient(const std::string& program, std::vector<std::string> arguments,
               const std::string& log);
  ~WorkerClient();
  WorkerClient(const WorkerClient&) = delete;
  WorkerClient& operator=(const WorkerClient&) = delete;

  // Sends one request and waits for its response. Returns nullopt when the
  // worker ends instead of answering.
  std::optional<WorkResponse> Ask(const std::vector<std::string>& arguments,
                                  int request_id = 0);
  // The halves of Ask, for several requests at once.
  void Send(const WorkRequest& request);
  // Sends bytes as they are, for what is not a request.
  void SendBytes(const std::string& bytes);
  std::optional<WorkResponse> Receive();

  // Closes the worker's standard input and waits for its end. Returns its exit
  // code, or 128 + N after signal N.
  int Finish();
  // Does the same, but closes the worker's standard output first, as Bazel does
  // when it stops waiting for a response.
  int Abandon();

  // The worker's process id; -1 after its end.
  pid_t process() const { return process_; }

 private:
  int Wait();

  pid_t process_ = -1;
  int requests_ = -1;   // pipe to the worker's standard input
  int responses_ = -1;  // pipe from its standard output
};

}  // namespace robbench

#endif  // NAS_BASE_WORKER_WORKER_CLIENT_H_
