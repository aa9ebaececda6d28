// A strict reader of CSV after RFC 4180, with line feeds for line ends. Tests
// use it to check that what CsvLine (escape.h) writes is CSV and reads back.
#ifndef ANALYSIS_TEXT_CSV_READER_H_
#define ANALYSIS_TEXT_CSV_READER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace robbench {

// Returns the records, each a list of unquoted fields. Returns nullopt for text
// that is not CSV: a quote inside an unquoted field, text behind a closing
// quote, a carriage return outside of quotes, a quote that is not closed, or a
// last record without its line feed.
inline std::optional<std::vector<std::vector<std::string>>> ReadCsv(
    absl::string_view text) {
  std::vector<std::vector<std::string>> records;
  std::vector<std::string> record;
  size_t at = 0;
  while (at < text.size()) {
    std::string field;
    if (text[at] == '"') {
      for (++at;; ++at) {
        if (at >= text.size()) return std::nullopt;
        if (text[at] == '"') {
          ++at;
          if (at >= text.size() || text[at] != '"') break;
        }
        field += text[at];
      }
    } else {
      while (at < text.size() && text[at] != ',' && text[at] != '\n') {
        if (text[at] == '"' || text[at] == '\r') return std::nullopt;
        field += text[at++];
      }
    }
    if (at >= text.size()) return std::nullopt;
    record.push_back(std::move(field));
    if (text[at] == '\n') {
      records.push_back(std::move(record));
      record.clear();
    } else if (text[at] != ',') {
      return std::nullopt;
    }
    ++at;
    if (at == text.size() && text[at - 1] == ',') return std::nullopt;
  }
  return records;
}

}  // namespace robbench

#endif  // ANALYSIS_TEXT_CSV_READER_H_
