// What reading and writing files share; for file.cc and output_files.cc only.
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

// "PATH: cannot ACTION: No such file or directory"; NotFound for ENOENT,
// Unavailable otherwise.
inline absl::Status FileError(absl::string_view action, const std::string& path,
                              int error) {
  const std::string message =
      absl::StrCat(path, ": cannot ", action, ": ", strerror(error));
  return error == ENOENT ? absl::NotFoundError(message)
                         : absl::UnavailableError(message);
}

// An open file, closed on every way out.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { (void)Close(); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

  // False, and errno, where closing tells of a write that failed after all.
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
