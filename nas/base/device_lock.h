// Lets one process at a time use a device, such as a GPU. It takes an advisory
// lock (flock) on a file named after the device. The kernel releases the lock
// when the process ends, however it ends; the empty file stays.
#ifndef NAS_BASE_DEVICE_LOCK_H_
#define NAS_BASE_DEVICE_LOCK_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

// A directory that Bazel's sandboxes see as well, so that actions and programs
// started by hand meet at the same file.
inline constexpr char kDeviceLockDirectory[] = "/dev/shm";

// A lock that this object owns, or no lock. Movable, not copyable; destroying
// the object releases the lock.
class DeviceLock {
 public:
  // Holds no lock.
  DeviceLock() = default;
  ~DeviceLock();
  DeviceLock(DeviceLock&& other) : file_(std::exchange(other.file_, -1)) {}
  DeviceLock& operator=(DeviceLock&& other) {
    std::swap(file_, other.file_);
    return *this;
  }

  // Tries to take the lock of `device` without waiting. The name may be any
  // text: what is not a letter or digit becomes "_" in the file's name. Returns
  // nullopt while the lock is held, by another process or by another DeviceLock
  // of this one. Unavailable, naming the file, when it cannot be opened or
  // locked.
  static absl::StatusOr<std::optional<DeviceLock>> TryTake(
      absl::string_view device,
      const std::string& directory = kDeviceLockDirectory);

 private:
  explicit DeviceLock(int file) : file_(file) {}

  int file_ = -1;  // the open descriptor; -1 without a lock
};

}  // namespace robbench

#endif  // NAS_BASE_DEVICE_LOCK_H_
