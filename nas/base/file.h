// Whole files in and out. Errors name the file; nothing is left half-written.
#ifndef NAS_BASE_FILE_H_
#define NAS_BASE_FILE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

// Reads a regular file of at most `max_bytes` bytes. The size is checked
// before memory is taken. Errors: NotFound; ResourceExhausted when larger;
// InvalidArgument for a directory or a device; DataLoss on a read error.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     uint64_t max_bytes = uint64_t{1} << 33);

// Writes `bytes` to a temporary name beside `path`, syncs and renames, so
// that a crash leaves the old file or the new one.
absl::Status WriteFile(const std::string& path, absl::string_view bytes);

// The outputs of one program, written together at the end: nothing appears
// under any of the names before all bytes are on disk.
class OutputFiles {
 public:
  void Add(std::string path, std::string bytes);
  absl::Status Commit();

 private:
  std::vector<std::pair<std::string, std::string>> files_;
};

}  // namespace robbench

#endif  // NAS_BASE_FILE_H_
