// Carries an absl::Status through code that can only throw, such as the
// functions of tensors between an attack and a backend.
#ifndef NAS_NETWORK_STATUS_EXCEPTION_H_
#define NAS_NETWORK_STATUS_EXCEPTION_H_

#include <exception>
#include <string>
#include <utility>

#include "absl/status/status.h"

namespace robbench {

// Thrown by functions that have no other way to report an error.
// CatchTorchErrors (torch_boundary.h) catches it and returns the status, with
// its own `what` before the message.
class StatusException : public std::exception {
 public:
  explicit StatusException(absl::Status status)
      : status_(std::move(status)), message_(status_.ToString()) {}

  const absl::Status& status() const { return status_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  absl::Status status_;
  std::string message_;
};

}  // namespace robbench

#endif  // NAS_NETWORK_STATUS_EXCEPTION_H_
