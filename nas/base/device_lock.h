// One process at a time on a device: an advisory lock (flock) on a file that
// is named after the device. The kernel releases it when the process ends,
// however it ends; the empty file stays.
//
// The default directory is one that sandboxes of every Bazel share.
#ifndef NAS_BASE_DEVICE_LOCK_H_
#define NAS_BASE_DEVICE_LOCK_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

inline constexpr char kDeviceLockDirectory[] = "/dev/shm";

class DeviceLock {
 public:
  // No lock.
  DeviceLock() = default;
  ~DeviceLock();
  DeviceLock(DeviceLock&& other) : file_(std::exchange(other.file_, -1)) {}
  DeviceLock& operator=(DeviceLock&& other) {
    std::swap(file_, other.file_);
    return *this;
  }

  // Takes the lock of `device`, any name; nullopt while it is held elsewhere,
  // in this process too. Errors name the file.
  static absl::StatusOr<std::optional<DeviceLock>> TryTake(
      absl::string_view device,
      const std::string& directory = kDeviceLockDirectory);

 private:
  explicit DeviceLock(int file) : file_(file) {}

  int file_ = -1;
};

}  // namespace robbench

#endif  // NAS_BASE_DEVICE_LOCK_H_
