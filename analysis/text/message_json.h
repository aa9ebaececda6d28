// Writes a Protobuf message as JSON, with the field names of its .proto file,
// so that other programs can read what a record holds.
#ifndef ANALYSIS_TEXT_MESSAGE_JSON_H_
#define ANALYSIS_TEXT_MESSAGE_JSON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/json_util.h"

namespace robbench {

// Returns indented JSON with every field that is set, 0 and false too. A field
// that is absent is not there, so that no reader takes an interval that is not
// known for one from 0 to 0; nor is an empty list. Numbers read back as the
// same double; NaN and infinity are the strings "NaN" and "Infinity", as in
// Protobuf's JSON. Internal if Protobuf cannot print the message.
inline absl::StatusOr<std::string> MessageJson(
    const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return absl::InternalError(absl::StrCat("JSON: ", status.ToString()));
  }
  return json;
}

}  // namespace robbench

#endif  // ANALYSIS_TEXT_MESSAGE_JSON_H_
