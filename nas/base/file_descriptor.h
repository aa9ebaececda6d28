// What reading and writing of files share. Only file.cc and output_files.cc
// should include this; everybody else uses nas/base/file.h.
#ifndef NAS_BASE_FILE_DESCRIPTOR_H_
#define NAS_BASE_FILE_DESCRIPTOR_H_

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace robbench {

// Returns "PATH: cannot ACTION: " with the system's text for `error`, a value
// of errno. The code is NotFound for ENOENT and Unavailable otherwise.
inline absl::Status FileError(absl::string_view action, const std::string& path,
                              int error) {
  const std::string message =
      absl::StrCat(path, ": cannot ", action, ": ", strerror(error));
  return error == ENOENT ? absl::NotFoundError(message)
                         : absl::UnavailableError(message);
}

// Owns an open file descriptor and closes it when it goes out of scope. A
// negative descriptor stands for no file.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { (void)Close(); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

  // Closes the file now. Returns false and sets errno if closing reports that
  // an earlier write has failed after all, as network file systems do.
  bool Close() {
    const int fd = fd_;
    fd_ = -1;
    return fd < 0 || close(fd) == 0;
  }

 private:
  int fd_;
};

}  // namespace robbench

#endif  // NAS_BASE_FILE_DESCRIPTOR_H_
