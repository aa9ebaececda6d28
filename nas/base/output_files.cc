#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/file.h"
#include "nas/base/file_descriptor.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

constexpr int kMostLinks = 40;  // Linux's own limit

absl::Status WriteError(const std::string& path, int error) {
  return FileError("write", path, error);
}

absl::Status Refusal(const std::string& path, absl::string_view reason) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": cannot write: ", reason));
}

// Returns "a" and "b" for "a/b", "." and "b" for "b", "/" and "b" for "/b".
std::pair<std::string, std::string> FolderAndName(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

// Returns the folder's path without links; empty if there is no such folder.
std::string RealFolder(const std::string& folder) {
  char* const real = realpath(folder.c_str(), nullptr);
  const std::string result = real == nullptr ? "" : real;
  free(real);
  return result;
}

// Says whether the folder is /proc/PID/fd, whose links lead to open files,
// whatever their texts say.
bool IsFolderOfDescriptors(const std::string& real_folder) {
  return absl::StartsWith(real_folder, "/proc/") &&
         absl::EndsWith(real_folder, "/fd");
}

bool IsOwn(const std::string& real_folder) {
  return absl::StartsWith(real_folder, absl::StrCat("/proc/", getpid(), "/"));
}

absl::StatusOr<std::string> LinkText(const std::string& path) {
  std::string text(PATH_MAX, '\0');
  const ssize_t size = readlink(path.c_str(), text.data(), text.size());
  if (size < 0) return WriteError(path, errno);
  text.resize(size);
  return text;
}

// Says whether a rename cannot replace a file that may be written to. That
// holds for a file that is mounted by itself, and for another user's file in a
// folder such as /tmp.
bool CannotBeReplaced(const std::string& file, uid_t owner) {
  struct statx mount;
  if (statx(AT_FDCWD, file.c_str(), 0, 0, &mount) == 0 &&
      (mount.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) {
    return true;
  }
  struct stat folder;
  return stat(FolderAndName(file).first.c_str(), &folder) == 0 &&
         (folder.st_mode & S_ISVTX) != 0 && geteuid() != 0 &&
         geteuid() != owner && geteuid() != folder.st_uid;
}

bool MayWrite(const std::string& file) {
  return faccessat(AT_FDCWD, file.c_str(), W_OK, AT_EACCESS) == 0;
}

// A reader that goes away and a limit on sizes are errors like others.
class IgnoredSignals {
 public:
  IgnoredSignals() {
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &pipe_);
    sigaction(SIGXFSZ, &ignore, &size_);
  }
  ~IgnoredSignals() {
    sigaction(SIGPIPE, &pipe_, nullptr);
    sigaction(SIGXFSZ, &size_, nullptr);
  }
  IgnoredSignals(const IgnoredSignals&) = delete;
  IgnoredSignals& operator=(const IgnoredSignals&) = delete;

 private:
  struct sigaction pipe_, size_;
};

// Writes all bytes. Returns 0, or the errno of what went wrong.
int WriteBytes(int file, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes.remove_prefix(n);
  }
  return 0;
}

// A file that this process makes in the folder of `file`. It is removed unless
// it is renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& file)
      : target_(file), folder_(FolderAndName(file).first) {}
  TemporaryFile(TemporaryFile&& other)
      : target_(other.target_),
        folder_(other.folder_),
        name_(std::exchange(other.name_, "")) {}
  ~TemporaryFile() { Remove(); }

  // Returns 0 or the errno of what went wrong. The name is short, because it
  // need not fit behind the target's, which may be as long as names can be.
  int Create(mode_t mode, int* descriptor) {
    for (int i = 0;; ++i) {
      name_ = absl::StrCat(folder_, "/.robbench-", getpid(), "-", i);
      *descriptor =
          open(name_.c_str(),
               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
      if (*descriptor >= 0) return 0;
      // This process has it, or one that had the same number has left it.
      if (errno == EEXIST) continue;
      name_.clear();
      return errno;
    }
  }

  // Returns 0, or the errno of what went wrong; the file is then removed.
  int Write(absl::string_view bytes, bool sync) {
    int descriptor = -1;
    if (const int error = Create(0666, &descriptor)) return error;
    FileDescriptor file(descriptor);
    KeepOwnerAndMode(descriptor);
    int error = WriteBytes(descriptor, bytes);
    if (error == 0 && sync && fsync(descriptor) != 0) error = errno;
    if (!file.Close() && error == 0) error = errno;
    if (error != 0) Remove();
    return error;
  }

  int Rename() {
    if (rename(name_.c_str(), target_.c_str()) != 0) return errno;
    name_.clear();
    return 0;
  }

 private:
  void KeepOwnerAndMode(int descriptor) const {
    struct stat old, now;
    if (stat(target_.c_str(), &old) != 0 || fstat(descriptor, &now) != 0) {
      return;
    }
    bool owned = true;
    if (old.st_uid != now.st_uid) {
      owned = fchown(descriptor, old.st_uid, -1) == 0;
    }
    if (old.st_gid != now.st_gid) {
      owned = fchown(descriptor, -1, old.st_gid) == 0 && owned;
    }
    // The bits setuid and setgid are kept only if owner and group are, so that
    // the file never runs with the rights of somebody else.
    (void)!fchmod(descriptor, old.st_mode & (owned ? 07777 : 0777));
  }

  void Remove() {
    if (!name_.empty()) unlink(name_.c_str());
    name_.clear();
  }

  std::string target_, folder_, name_;
};

// Returns OK if a file can be made beside `file`. Only trying it finds
// permissions, a file system mounted read-only and whatever else forbids it.
absl::Status TryFolder(const std::string& path, const std::string& file) {
  int descriptor = -1;
  if (const int error = TemporaryFile(file).Create(0600, &descriptor)) {
    return WriteError(path, error);
  }
  close(descriptor);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<OutputFiles::Target> OutputFiles::FindDescriptor(
    const std::string& path, int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  struct stat info;
  if (flags < 0 || fstat(descriptor, &info) != 0) {
    return WriteError(path, errno);
  }
  if ((flags & O_ACCMODE) == O_RDONLY) return WriteError(path, EBADF);
  Target target;
  target.kind = Target::kDescriptor;
  target.descriptor = descriptor;
  target.device = info.st_dev;
  target.inode = info.st_ino;
  target.type = info.st_mode & S_IFMT;
  return target;
}

absl::StatusOr<OutputFiles::Target> OutputFiles::Find(const std::string& path) {
  Target target;
  target.file = path;
  struct stat info;
  for (int links = 0;; ++links) {
    const auto [folder, name] = FolderAndName(target.file);
    const std::string real_folder = RealFolder(folder);
    const bool of_descriptors = IsFolderOfDescriptors(real_folder);
    int descriptor = -1;
    if (of_descriptors && IsOwn(real_folder) &&
        absl::SimpleAtoi(name, &descriptor)) {
      return FindDescriptor(path, descriptor);
    }
    if (lstat(target.file.c_str(), &info) != 0) {
      if (errno != ENOENT && errno != ENOTDIR) return WriteError(path, errno);
      struct stat parent;
      if (stat(folder.c_str(), &parent) != 0) {
        if (errno != ENOENT) return WriteError(path, errno);
        return absl::NotFoundError(
            absl::StrCat(path, ": cannot write: there is no folder ", folder));
      }
      if (!S_ISDIR(parent.st_mode)) {
        return Refusal(path, absl::StrCat(folder, " is no folder"));
      }
      if (name.empty()) return Refusal(path, "it names no file");
      target.device = parent.st_dev;
      target.inode = parent.st_ino;
      target.name = name;
      ROBBENCH_RETURN_IF_ERROR(TryFolder(path, target.file));
      return target;
    }
    if (!S_ISLNK(info.st_mode)) break;
    if (links == kMostLinks) return WriteError(path, ELOOP);
    if (of_descriptors) {  // of another process
      if (stat(target.file.c_str(), &info) != 0) return WriteError(path, errno);
      target.kind = Target::kStraight;
      break;
    }
    ROBBENCH_ASSIGN_OR_RETURN(std::string text, LinkText(target.file));
    if (!absl::StartsWith(text, "/")) text = absl::StrCat(folder, "/", text);
    target.file = text;
  }
  target.device = info.st_dev;
  target.inode = info.st_ino;
  target.type = info.st_mode & S_IFMT;
  if (S_ISDIR(info.st_mode)) return Refusal(path, "it is a folder");
  if (S_ISSOCK(info.st_mode)) return Refusal(path, "it is a socket");
  if (!MayWrite(target.file)) return WriteError(path, errno);
  if (!S_ISREG(info.st_mode) || CannotBeReplaced(target.file, info.st_uid)) {
    target.kind = Target::kStraight;
  }
  if (target.kind == Target::kReplaced) {
    ROBBENCH_RETURN_IF_ERROR(TryFolder(path, target.file));
  }
  return target;
}

absl::StatusOr<OutputFiles> OutputFiles::Open(
    const std::vector<std::string>& outputs,
    const std::vector<std::string>& inputs) {
  OutputFiles files;
  for (const std::string& path : outputs) {
    if (path.empty()) continue;
    ROBBENCH_ASSIGN_OR_RETURN(Target target, Find(path));
    for (const Output& other : files.outputs_) {
      // Several outputs may go to /dev/null or to one terminal.
      if (target.type != S_IFCHR && target.device == other.target.device &&
          target.inode == other.target.inode &&
          target.name == other.target.name) {
        return Refusal(path, absl::StrCat("another output is the same file: ",
                                          other.path));
      }
    }
    for (const std::string& input : inputs) {
      struct stat info;
      if (target.type == S_IFREG && !input.empty() &&
          stat(input.c_str(), &info) == 0 && info.st_dev == target.device &&
          info.st_ino == target.inode) {
        return Refusal(path, absl::StrCat("it is the input ", input));
      }
    }
    files.outputs_.push_back({path, std::move(target)});
  }
  return files;
}

void OutputFiles::Add(const std::string& path, std::string bytes) {
  if (path.empty()) return;
  for (Output& output : outputs_) {
    if (output.path != path || output.given) continue;
    output.given = true;
    output.bytes = std::move(bytes);
    return;
  }
  abort();  // a path that Open was not told of
}

absl::Status OutputFiles::WriteStraight(const Output& output, bool sync) {
  const Target& target = output.target;
  FileDescriptor file(
      target.kind == Target::kDescriptor
          ? fcntl(target.descriptor, F_DUPFD_CLOEXEC, 3)
          : open(target.file.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (file.get() < 0) return WriteError(output.path, errno);
  int error = WriteBytes(file.get(), output.bytes);
  // Pipes and most devices know no fsync.
  if (error == 0 && sync && fsync(file.get()) != 0 && errno != EINVAL &&
      errno != EROFS && errno != ENOTSUP) {
    error = errno;
  }
  if (!file.Close() && error == 0) error = errno;
  return error == 0 ? absl::OkStatus() : WriteError(output.path, error);
}

absl::Status OutputFiles::Write(bool sync) {
  const IgnoredSignals ignored;
  std::vector<std::pair<const Output*, TemporaryFile>> temporaries;
  for (const Output& output : outputs_) {
    if (!output.given || output.target.kind != Target::kReplaced) continue;
    temporaries.emplace_back(&output, TemporaryFile(output.target.file));
    if (const int error = temporaries.back().second.Write(output.bytes, sync)) {
      return WriteError(output.path, error);
    }
  }
  // What is written straight to cannot be taken back, so this comes after
  // everything else is on disk.
  for (const Output& output : outputs_) {
    if (!output.given || output.target.kind == Target::kReplaced) continue;
    ROBBENCH_RETURN_IF_ERROR(WriteStraight(output, sync));
  }
  for (auto& [output, temporary] : temporaries) {
    if (const int error = temporary.Rename()) {
      return WriteError(output->path, error);
    }
  }
  return absl::OkStatus();
}

absl::Status OutputFiles::Commit() { return Write(/*sync=*/true); }

absl::Status OutputFiles::CommitWithoutSync() { return Write(/*sync=*/false); }

absl::Status WriteFile(const std::string& path, absl::string_view bytes) {
  if (path.empty()) return WriteError(path, ENOENT);
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles file, OutputFiles::Open({path}));
  file.Add(path, std::string(bytes));
  return file.Commit();
}

}  // namespace robbench
