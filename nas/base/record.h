// Binary records (Protobuf, serialised deterministically) and their
// provenance.
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

// Raised whenever the meaning of a record's field changes.
inline constexpr int kSchemaVersion = 1;

// `inputs` are (role, bytes of the file); they are sorted by role. The
// profile is the process's (numeric_profile.h) or empty.
Provenance MakeProvenance(
    absl::string_view producer, absl::string_view numeric_profile,
    const std::vector<std::pair<std::string, absl::string_view>>& inputs);

// The SHA-256 of the input of a role; empty where there is none.
std::string InputOfRole(const Provenance& provenance, absl::string_view role);

// Deterministic bytes of a message (no maps in our records).
std::string SerializeRecord(const google::protobuf::Message& message);

// Errors name `path`: DataLoss when it does not parse, has unknown fields or
// misses required ones, InvalidArgument when text in it is not UTF-8.
absl::Status ParseRecord(const std::string& path, absl::string_view bytes,
                         google::protobuf::Message* message);

// FailedPrecondition when the record's schema version is not ours.
absl::Status CheckSchema(const std::string& path, const Provenance& provenance);

// A record read from a file, its schema version checked.
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
