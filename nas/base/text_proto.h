// Reads the specs of the stages (recipes, suites, data sets), which are text
// files in Protobuf's text format. The reader is strict: an unknown field, a
// wrong type, a field given twice and a missing required field are errors that
// name file, line and field.
#ifndef NAS_BASE_TEXT_PROTO_H_
#define NAS_BASE_TEXT_PROTO_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "nas/base/file.h"
#include "nas/base/status_macros.h"

namespace robbench {

// Parses `text`, without the byte order mark that it may begin with, into
// `message`; `path` is only for messages. InvalidArgument listing all faults
// and what another file looks like, or the first text that is not UTF-8.
absl::Status ParseTextProto(const std::string& path, absl::string_view text,
                            google::protobuf::Message* message);

// A spec together with the bytes that it was read from, which go into the
// provenance as a digest.
template <typename T>
struct TextProtoFile {
  T message;
  std::string bytes;
};

// Reads a spec of at most 1 MiB. Errors are those of ReadFile
// (nas/base/file.h) and ParseTextProto.
template <typename T>
absl::StatusOr<TextProtoFile<T>> ReadTextProto(const std::string& path) {
  TextProtoFile<T> file;
  ROBBENCH_ASSIGN_OR_RETURN(file.bytes, ReadFile(path, 1 << 20));
  ROBBENCH_RETURN_IF_ERROR(ParseTextProto(path, file.bytes, &file.message));
  return file;
}

}  // namespace robbench

#endif  // NAS_BASE_TEXT_PROTO_H_
