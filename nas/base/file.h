// Reads and writes whole files. Errors name the file, and no file is left
// half-written.
#ifndef NAS_BASE_FILE_H_
#define NAS_BASE_FILE_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

// Reads a regular file of at most `max_bytes` bytes. The size is checked
// before memory is taken. Errors: NotFound; ResourceExhausted when larger, or
// when there is no memory for it; InvalidArgument for a directory or a device;
// DataLoss on a read error.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     uint64_t max_bytes = uint64_t{1} << 33);

// Returns the file that ReadFile opened last and its size, as "d.safetensors
// (9000 bytes)", or "" before the first. It is for the message when memory runs
// out, so it allocates nothing.
const char* LastFileRead();

// The outputs of one program: checked before work begins, written together at
// the end, when nothing appears under any of the names before all bytes are on
// disk.
//
//   ROBBENCH_ASSIGN_OR_RETURN(
//       OutputFiles outputs,
//       OutputFiles::Open({weights_out, record_out}, {dataset, recipe}));
//   ... hours of work ...
//   outputs.Add(weights_out, std::move(weights));
//   outputs.Add(record_out, SerializeRecord(record));
//   return outputs.Commit();
//
// A path means what it means to a shell's ">":
// - A regular file is replaced as a whole: written under another name in its
//   folder, synced and renamed. It keeps its mode, and its owner and group
//   where that is permitted. A new file has mode 0666 less the umask.
// - Symbolic links are followed and stay; one that leads to no file yet makes
//   it.
// - What is no regular file (a device, a FIFO) is written straight to, and so
//   are /dev/stdout, /dev/fd/N and a file that no rename can replace: one that
//   is mounted by itself, and another user's in a folder such as /tmp.
class OutputFiles {
 public:
  // Errors, all before anything is written: no folder, a folder or a file that
  // may not be written to, a folder or a socket in place of a file, one file
  // under two of the paths, an output that is one of the `inputs` (by whatever
  // name; inputs that are not there are not looked at). Empty paths are flags
  // that were not given.
  static absl::StatusOr<OutputFiles> Open(
      const std::vector<std::string>& outputs,
      const std::vector<std::string>& inputs = {});

  // Sets the content of `path`, which must be one of the outputs of Open; an
  // empty path is ignored. An output whose content is never set is not written.
  void Add(const std::string& path, std::string bytes);

  // Writes all outputs and waits until they are on disk. On an error no regular
  // file has changed and no temporary file is left, unless a rename fails after
  // another has succeeded.
  absl::Status Commit();

  // Does the same without waiting for the disk, for files that a crash of the
  // machine may lose.
  absl::Status CommitWithoutSync();

 private:
  struct Target {
    // kReplaced: `file` is renamed to. kStraight: `file` is opened and written
    // to. kDescriptor: so is the open `descriptor`.
    enum Kind { kReplaced, kStraight, kDescriptor } kind = kReplaced;
    std::string file;
    int descriptor = -1;
    // What two names of one file have in common: device and inode, of the
    // folder while there is no file, and then its name.
    dev_t device = 0;
    ino_t inode = 0;
    std::string name;
    mode_t type = 0;  // S_IFREG, ...; 0: no file yet
  };
  struct Output {
    std::string path;
    Target target;
    bool given = false;
    std::string bytes;
  };
  OutputFiles() = default;
  static absl::StatusOr<Target> Find(const std::string& path);
  static absl::StatusOr<Target> FindDescriptor(const std::string& path,
                                               int descriptor);
  static absl::Status WriteStraight(const Output& output, bool sync);
  absl::Status Write(bool sync);

  std::vector<Output> outputs_;
};

// Writes one file as OutputFiles does: Open, Add and Commit in one call.
absl::Status WriteFile(const std::string& path, absl::string_view bytes);

}  // namespace robbench

#endif  // NAS_BASE_FILE_H_
