// How the robbench command prints: text for people, JSON and CSV for programs.
#ifndef TOOLS_ROBBENCH_FORMAT_H_
#define TOOLS_ROBBENCH_FORMAT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"

namespace robbench {

enum class OutputFormat { kText, kJson, kCsv };

// Parses "text", "json" or "csv"; a usage error for anything else.
absl::StatusOr<OutputFormat> ParseOutputFormat(absl::string_view text);

// What text is printed on. Without a terminal, as in a pipe or a test, there is
// no colour, and lines are as long as they are.
struct Terminal {
  bool colour = false;
  int width = 0;  // columns of characters; 0: any number
};

// How a command is to print.
struct Output {
  Output(OutputFormat format, Terminal terminal = {})  // NOLINT: a format alone
      : format(format), terminal(terminal) {}
  OutputFormat format;
  Terminal terminal;
};

// Returns a message as JSON, with its fields in the order of the schema, under
// their names. Numbers are numbers (also of 64 bits), enums are names, repeated
// fields are always arrays, and unset optional fields are left out. Numbers
// that JSON does not have are the strings "NaN", "Infinity" and "-Infinity".
nlohmann::ordered_json ToJson(const google::protobuf::Message& message);

// Returns JSON as text, indented by two spaces, with a line feed at the end. A
// byte that is not UTF-8 becomes U+FFFD.
std::string Dump(const nlohmann::ordered_json& json);

// Returns CSV of flat JSON objects: a line of heads, which are the names of the
// objects' members, then a line for each object, quoted after RFC 4180. Numbers
// are the shortest text that reads back as the same. Null, and what an object
// lacks, is an empty field; "Infinity" is inf, as in the table's CSV. Lists are
// joined with blanks. Values under "code" and "*_code" are written by CsvCode
// (analysis/text/escape.h).
std::string Csv(const std::vector<std::string>& heads,
                const nlohmann::ordered_json& objects);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_FORMAT_H_
