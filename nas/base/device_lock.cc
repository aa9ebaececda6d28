#include "nas/base/device_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace robbench {
namespace {

std::string LockPath(absl::string_view device, const std::string& directory) {
  std::string path = absl::StrCat(directory, "/robbench-");
  for (const char c : device) {
    path += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  }
  return path + ".lock";
}

// Opens the file for reading, which is enough for flock, and makes it where it
// is not there. Opening comes first without O_CREAT, because Linux refuses
// O_CREAT on another user's file in a shared directory (fs.protected_regular).
int OpenOrCreate(const std::string& path) {
  for (;;) {
    int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file >= 0 || errno != ENOENT) return file;
    file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_CREAT | O_EXCL, 0644);
    if (file >= 0 || errno != EEXIST) return file;
  }
}

absl::Status LockError(const std::string& path, absl::string_view what) {
  return absl::UnavailableError(
      absl::StrCat("device lock ", path, ": ", what, ": ", strerror(errno)));
}

}  // namespace

DeviceLock::~DeviceLock() {
  if (file_ >= 0) close(file_);
}

absl::StatusOr<std::optional<DeviceLock>> DeviceLock::TryTake(
    absl::string_view device, const std::string& directory) {
  const std::string path = LockPath(device, directory);
  DeviceLock lock(OpenOrCreate(path));
  if (lock.file_ < 0) return LockError(path, "cannot open");
  while (flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    if (errno != EINTR) return LockError(path, "cannot lock");
  }
  return std::optional<DeviceLock>(std::move(lock));
}

}  // namespace robbench
