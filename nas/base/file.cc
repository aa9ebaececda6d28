#include "nas/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace robbench {
namespace {

absl::Status FileError(absl::string_view action, const std::string& path) {
  const std::string message =
      absl::StrCat(path, ": cannot ", action, ": ", strerror(errno));
  return errno == ENOENT ? absl::NotFoundError(message)
                         : absl::UnavailableError(message);
}

// Closes on every way out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

std::string TemporaryName(const std::string& path) {
  return absl::StrCat(path, ".tmp-", getpid());
}

// The whole content at `temporary`, on disk; removed again on an error.
absl::Status WriteTemporary(const std::string& path,
                            const std::string& temporary,
                            absl::string_view bytes) {
  const Descriptor file(
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return FileError("write", path);
  while (!bytes.empty()) {
    const ssize_t n = write(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const absl::Status status = FileError("write", path);
      unlink(temporary.c_str());
      return status;
    }
    bytes.remove_prefix(n);
  }
  if (fsync(file.get()) != 0) {
    const absl::Status status = FileError("sync", path);
    unlink(temporary.c_str());
    return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     uint64_t max_bytes) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return FileError("open", path);
  struct stat info;
  if (fstat(file.get(), &info) != 0) return FileError("stat", path);
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a regular file"));
  }
  const uint64_t size = info.st_size;
  if (size > max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        path, ": expected at most ", max_bytes, " bytes, found ", size));
  }
  std::string bytes(size, '\0');
  for (uint64_t done = 0; done < size;) {
    const ssize_t n = read(file.get(), bytes.data() + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError("read", path);
    if (n == 0) {
      return absl::DataLossError(absl::StrCat(
          path, ": expected ", size, " bytes, found ", done, " (truncated?)"));
    }
    done += n;
  }
  return bytes;
}

absl::Status WriteFile(const std::string& path, absl::string_view bytes) {
  OutputFiles files;
  files.Add(path, std::string(bytes));
  return files.Commit();
}

void OutputFiles::Add(std::string path, std::string bytes) {
  files_.emplace_back(std::move(path), std::move(bytes));
}

absl::Status OutputFiles::Commit() {
  std::vector<std::string> temporaries;
  for (const auto& [path, bytes] : files_) {
    const std::string temporary = TemporaryName(path);
    const absl::Status status = WriteTemporary(path, temporary, bytes);
    if (!status.ok()) {
      for (const std::string& written : temporaries) unlink(written.c_str());
      return status;
    }
    temporaries.push_back(temporary);
  }
  for (size_t i = 0; i < files_.size(); ++i) {
    if (rename(temporaries[i].c_str(), files_[i].first.c_str()) != 0) {
      const absl::Status status = FileError("write", files_[i].first);
      for (size_t k = i; k < files_.size(); ++k) {
        unlink(temporaries[k].c_str());
      }
      return status;
    }
  }
  files_.clear();
  return absl::OkStatus();
}

}  // namespace robbench
