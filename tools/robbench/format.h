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

// "text", "json" or "csv"; a usage error otherwise.
absl::StatusOr<OutputFormat> ParseOutputFormat(absl::string_view text);

// What text is printed on. Without a terminal, as in a pipe or a test: no
// colour, and lines as long as they are.
struct Terminal {
  bool colour = false;
  int width = 0;  // columns of characters; 0: any number
};

struct Output {
  Output(OutputFormat format, Terminal terminal = {})  // NOLINT: a format alone
      : format(format), terminal(terminal) {}
  OutputFormat format;
  Terminal terminal;
};

// A message with its fields in the order of the schema, under their names:
// numbers as numbers (also of 64 bits), enums by name, repeated fields always
// as an array, unset optional fields left out. Numbers that JSON lacks are the
// strings "NaN", "Infinity" and "-Infinity".
nlohmann::ordered_json ToJson(const google::protobuf::Message& message);

// Indented by two spaces, with a line feed at the end; a byte that is not
// UTF-8 becomes U+FFFD.
std::string Dump(const nlohmann::ordered_json& json);

// CSV of flat JSON objects: a line of heads, which are the objects' names, then
// a line an object, quoted after RFC 4180. Numbers are the shortest text that
// reads back as the same; null, and what an object lacks, is nothing;
// "Infinity" is inf, as in the table's CSV; lists are joined with blanks; the
// heads "code" and "*_code" are written by CsvCode (analysis/text/escape.h).
std::string Csv(const std::vector<std::string>& heads,
                const nlohmann::ordered_json& objects);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_FORMAT_H_
