// How the robbench command prints: for people, or as JSON for programs.
#ifndef TOOLS_ROBBENCH_FORMAT_H_
#define TOOLS_ROBBENCH_FORMAT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"

namespace robbench {

enum class OutputFormat { kText, kJson };

// "text" or "json"; a usage error otherwise.
absl::StatusOr<OutputFormat> ParseOutputFormat(absl::string_view text);

// A message with its fields in the order of the schema, under their names:
// numbers as numbers (also of 64 bits), enums by name, repeated fields always
// as an array, unset optional fields left out. Numbers that JSON lacks are the
// strings "NaN", "Infinity" and "-Infinity".
nlohmann::ordered_json ToJson(const google::protobuf::Message& message);

// Indented by two spaces, with a line feed at the end; a byte that is not
// UTF-8 becomes U+FFFD.
std::string Dump(const nlohmann::ordered_json& json);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_FORMAT_H_
