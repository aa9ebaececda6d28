#include "analysis/published/nested_json_reader.h"

#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/text/json_text.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"

namespace robbench {

absl::Status NestedJsonReader::Parse(absl::string_view bytes,
                                     uint64_t most_bytes) {
  if (bytes.size() > most_bytes) {
    return FieldError(path_, "(the whole)",
                      absl::StrCat("at most ", most_bytes, " bytes"),
                      absl::StrCat(bytes.size()));
  }
  ROBBENCH_RETURN_IF_ERROR(CheckJsonEncoding(path_, bytes));
  bytes_ = bytes;
  nlohmann::json::sax_parse(bytes.begin(), bytes.end(), this);
  return status_;
}

bool NestedJsonReader::null() {
  return Take(Number(std::numeric_limits<double>::infinity()));
}

bool NestedJsonReader::boolean(bool value) {
  return Refuse(value ? "true" : "false");
}

bool NestedJsonReader::binary(binary_t&) { return Refuse("binary data"); }

bool NestedJsonReader::number_integer(number_integer_t value) {
  return Take(Number(value));
}

bool NestedJsonReader::number_unsigned(number_unsigned_t value) {
  return Take(Number(value));
}

bool NestedJsonReader::number_float(number_float_t value, const string_t&) {
  return Take(Number(value));
}

bool NestedJsonReader::string(string_t& value) { return Take(Text(value)); }

bool NestedJsonReader::start_object(size_t) {
  if (open_ == depth_) return Refuse("an object");
  ++open_;
  seen_.emplace_back();
  keys_.emplace_back();
  return true;
}

bool NestedJsonReader::end_object() {
  const bool is_empty = seen_.back().empty();
  --open_;
  keys_.resize(open_);
  seen_.resize(open_);
  return !is_empty || Take(Error("at least one key", "none"));
}

bool NestedJsonReader::key(string_t& value) {
  keys_.back() = value.substr(0, 200);
  if (!seen_.back().insert(value).second) {
    return Take(Error("each key once", "a second one"));
  }
  return Take(Key());
}

bool NestedJsonReader::start_array(size_t) { return Refuse("an array"); }

bool NestedJsonReader::end_array() { return true; }

bool NestedJsonReader::parse_error(size_t position, const std::string& token,
                                   const nlohmann::json::exception& error) {
  const std::string fault = JsonFault(bytes_, position, token, error.id);
  // For a number the field is known, so the error names it.
  if (IsNumberFault(fault)) return Take(Error("a number", fault));
  return Take(
      FieldError(path_, absl::StrCat("(byte ", position, ")"), "JSON", fault));
}

absl::Status NestedJsonReader::Error(absl::string_view expected,
                                     absl::string_view found) const {
  std::vector<std::string> shown;
  for (const std::string& key : keys_) shown.push_back(absl::CEscape(key));
  return FieldError(path_,
                    keys_.empty() ? "(the whole)" : absl::StrJoin(shown, "."),
                    expected, found);
}

bool NestedJsonReader::Take(absl::Status status) {
  if (status_.ok()) status_ = std::move(status);
  return status_.ok();
}

bool NestedJsonReader::Refuse(absl::string_view found) {
  return Take(Error(open_ == 0 ? "an object" : "a value", found));
}

}  // namespace robbench
