#include "nas/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <new>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "nas/base/file_descriptor.h"

namespace robbench {
namespace {

char last_file_read[4400];

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     uint64_t max_bytes) {
  const FileDescriptor file(
      open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return FileError("open", path, errno);
  struct stat info;
  if (fstat(file.get(), &info) != 0) return FileError("stat", path, errno);
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a regular file"));
  }
  const uint64_t size = info.st_size;
  if (size > max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        path, ": expected at most ", max_bytes, " bytes, found ", size));
  }
  snprintf(last_file_read, sizeof(last_file_read), "%s (%llu bytes)",
           path.c_str(), static_cast<unsigned long long>(size));
  std::string bytes;
  try {
    bytes.resize(size);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat(
        path, ": cannot read: out of memory for its ", size, " bytes"));
  }
  for (uint64_t done = 0; done < size;) {
    const ssize_t n = read(file.get(), bytes.data() + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError("read", path, errno);
    if (n == 0) {
      return absl::DataLossError(absl::StrCat(
          path, ": expected ", size, " bytes, found ", done, " (truncated?)"));
    }
    done += n;
  }
  return bytes;
}

const char* LastFileRead() { return last_file_read; }

}  // namespace robbench
