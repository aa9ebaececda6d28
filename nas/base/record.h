// Reads and writes the binary records that one stage leaves for the next:
// Protobuf messages, serialised deterministically, each with a Provenance that
// says which files it was computed from. FORMATS.md describes each record.
#ifndef NAS_BASE_RECORD_H_
#define NAS_BASE_RECORD_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "nas/base/file.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/status_macros.h"

namespace robbench {

// The version that all records state. It is raised whenever the meaning of a
// record's field changes, so that older records are refused.
inline constexpr int kSchemaVersion = 1;

// Makes the provenance of an artifact. `producer` is the program's label,
// "training:train". `numeric_profile` is the profile of this process
// (nas/base/numeric_profile.h), or empty where no floating-point kernel ran.
// `inputs` are pairs of a role and the file's bytes, of which the digest is
// kept; they may come in any order.
Provenance MakeProvenance(
    absl::string_view producer, absl::string_view numeric_profile,
    const std::vector<std::pair<std::string, absl::string_view>>& inputs);

// Returns the SHA-256 of the first input of a role, or "" where there is none.
std::string InputOfRole(const Provenance& provenance, absl::string_view role);

// Returns the bytes of a message, the same for equal messages. Records have no
// map fields, whose order would differ.
std::string SerializeRecord(const google::protobuf::Message& message);

// Parses `bytes` into `message`. Errors name `path`, which is not opened:
// DataLoss when the bytes do not parse, have unknown fields or lack required
// ones; InvalidArgument when text in them is not UTF-8.
absl::Status ParseRecord(const std::string& path, absl::string_view bytes,
                         google::protobuf::Message* message);

// Returns FailedPrecondition, naming `path`, when the record's schema version
// is not kSchemaVersion.
absl::Status CheckSchema(const std::string& path, const Provenance& provenance);

// Reads a record of type T, which has a field `provenance`, from a file and
// checks its schema version. Errors are those of ReadFile, ParseRecord and
// CheckSchema.
template <typename T>
absl::StatusOr<T> ReadRecord(const std::string& path) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  T record;
  ROBBENCH_RETURN_IF_ERROR(ParseRecord(path, bytes, &record));
  ROBBENCH_RETURN_IF_ERROR(CheckSchema(path, record.provenance()));
  return record;
}

}  // namespace robbench

#endif  // NAS_BASE_RECORD_H_
