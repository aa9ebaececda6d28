#include "analysis/published/page_table.h"

#include <cmath>
#include <cstddef>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analysis/text/json_text.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"
#include "nas/base/utf8.h"
#include "nas/isomorphism.h"
#include "nas/official_index.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

// Reads an official index as the table writes it, without sign or leading zero.
std::optional<int> ParseIndex(absl::string_view text) {
  int index;
  if (!absl::SimpleAtoi(text, &index) || absl::StrCat(index) != text ||
      index < 0 || index >= kNumCells) {
    return std::nullopt;
  }
  return index;
}

// Holds what the file says of one cell.
struct Entry {
  enum Kind { kAbsent, kRow, kPointer } kind = kAbsent;
  int target = -1;  // of a pointer
  std::vector<int> counts;
};

// Handles the events of nlohmann's parser, which does not recurse. The file is
// one object of scalars and flat arrays. Every handler that returns false has
// set status_.
class Reader {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  // `bytes` is JSON that begins at byte `start` of the file.
  Reader(const std::string& path, const PageFormat& format,
         absl::string_view bytes, size_t start)
      : path_(path),
        format_(format),
        bytes_(bytes),
        start_(start),
        columns_(format.columns.size()),
        entries_(kNumCells) {}

  bool null() { return Scalar("null"); }
  bool boolean(bool value) { return Scalar(value ? "true" : "false"); }
  bool binary(binary_t&) { return Scalar("binary data"); }
  bool number_integer(number_integer_t value) { return Number(value); }
  bool number_unsigned(number_unsigned_t value) {
    return format_.numeric_pointers && in_object_ && !in_array_ && key_ != kHead
               ? Pointer(absl::StrCat(value))
               : Number(value);
  }
  bool number_float(number_float_t value, const string_t&) {
    return Number(value);
  }

  bool string(string_t& value) {
    if (!in_object_) return Refuse("(the whole)", "an object", Shown(value));
    if (key_ == kHead) {
      if (!in_array_) return Refuse("\"\"", "the columns' names", Shown(value));
      const std::string expected =
          count_ < columns_ ? format_.columns[count_].name : "no more";
      if (value != expected) {
        return Refuse(absl::StrCat("\"\"[", count_, "]"), expected,
                      Shown(value));
      }
      ++count_;
      return true;
    }
    if (in_array_) return Refuse(Position(), "a number", Shown(value));
    if (format_.numeric_pointers) return Scalar(Shown(value));
    return Pointer(value);
  }

  bool start_object(size_t) {
    if (in_object_) return Refuse(Position(), "numbers or an id", "an object");
    in_object_ = true;
    return true;
  }
  bool end_object() { return true; }

  bool key(string_t& value) {
    if (value.empty()) {
      if (head_) return Refuse("\"\"", "each key once", "a second one");
      head_ = true;
      key_ = kHead;
      return true;
    }
    const auto index = ParseIndex(value);
    if (!index) return Refuse(Shown(value), "an id 0 ... 15624", "this key");
    if (entries_[*index].kind != Entry::kAbsent) {
      return Refuse(value, "each key once", "a second one");
    }
    key_ = *index;
    return true;
  }

  bool start_array(size_t) {
    if (!in_object_) return Refuse("(the whole)", "an object", "an array");
    if (in_array_) return Refuse(Position(), "a number", "an array");
    in_array_ = true;
    count_ = 0;
    return true;
  }
  bool end_array() {
    in_array_ = false;
    if (count_ != columns_) {
      return Refuse(
          key_ == kHead ? std::string("\"\"") : absl::StrCat(key_),
          absl::StrCat(columns_,
                       key_ == kHead
                           ? absl::StrCat(" columns, next ",
                                          format_.columns[count_].name)
                           : std::string(" values")),
          absl::StrCat(count_));
    }
    if (key_ != kHead) entries_[key_].kind = Entry::kRow;
    return true;
  }

  bool parse_error(size_t position, const std::string& token,
                   const nlohmann::json::exception& error) {
    const std::string fault = JsonFault(bytes_, position, token, error.id);
    // For a number the field is known, so the error names it.
    if (in_object_ && IsNumberFault(fault)) {
      return Refuse(Position(), "a number", fault);
    }
    return Refuse(absl::StrCat("(byte ", start_ + position, ")"), "JSON",
                  fault);
  }

  absl::Status status() const { return status_; }
  bool head() const { return head_; }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  static constexpr int kHead = -1;

  std::string Position() const {
    const std::string key =
        key_ == kHead ? std::string("\"\"") : absl::StrCat(key_);
    return in_array_ ? absl::StrCat(key, "[", count_, "]") : key;
  }

  bool Scalar(absl::string_view found) {
    if (!in_object_) return Refuse("(the whole)", "an object", found);
    return Refuse(Position(),
                  in_array_ ? (key_ == kHead ? "a name" : "a number")
                            : "an array or an id",
                  found);
  }

  bool Number(double value) {
    if (!in_object_ || !in_array_ || key_ == kHead) {
      return Scalar(absl::StrCat(value));
    }
    if (count_ >= columns_) {
      return Refuse(Position(), absl::StrCat(columns_, " values"), "more");
    }
    if (!(value >= 0 && value <= 1)) {
      return Refuse(Position(), "0 ... 1", absl::StrCat(value));
    }
    const PageColumn& column = format_.columns[count_];
    const double count = std::round(value * column.parts);
    if (std::abs(value * column.parts - count) > column.rounding) {
      return Refuse(Position(), absl::StrCat("a multiple of 1/", column.parts),
                    absl::StrCat(value));
    }
    entries_[key_].counts.push_back(static_cast<int>(count));
    ++count_;
    return true;
  }

  bool Pointer(absl::string_view text) {
    const auto target = ParseIndex(text);
    if (!target) {
      return Refuse(absl::StrCat(key_), "an id 0 ... 15624", Shown(text));
    }
    entries_[key_].kind = Entry::kPointer;
    entries_[key_].target = *target;
    return true;
  }

  bool Refuse(absl::string_view field, absl::string_view expected,
              absl::string_view found) {
    status_ = FieldError(path_, field, expected, found);
    return false;
  }

  const std::string& path_;
  const PageFormat& format_;
  const absl::string_view bytes_;
  const size_t start_;
  const int columns_;
  std::vector<Entry> entries_;
  absl::Status status_;
  bool in_object_ = false, in_array_ = false, head_ = false;
  int key_ = kHead;
  int count_ = 0;  // in the array
};

absl::Status CheckEntry(const std::string& path,
                        const std::vector<Entry>& entries, int index) {
  const std::string field = absl::StrCat(index);
  const int representative = IsomorphismClasses::Get().Representative(index);
  const Entry& entry = entries[index];
  switch (entry.kind) {
    case Entry::kAbsent:
      return FieldError(path, field, "all ids 0 ... 15624", "none");
    case Entry::kRow:
      if (index == representative) return absl::OkStatus();
      return FieldError(
          path, field, absl::StrCat("a pointer to ", representative), "values");
    case Entry::kPointer:
      break;
  }
  if (entry.target == index) {
    return FieldError(path, field, "a pointer to another id", "one to itself");
  }
  if (entries[entry.target].kind == Entry::kPointer) {
    return FieldError(path, field, "a pointer to an id with values",
                      absl::StrCat("one to ", entry.target, ", a pointer to ",
                                   entries[entry.target].target));
  }
  if (entry.target != representative) {
    return FieldError(
        path, field,
        absl::StrCat(representative, ", the representative of its class"),
        absl::StrCat(entry.target));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<PageRow>> ParsePageTable(const std::string& path,
                                                    absl::string_view bytes,
                                                    const PageFormat& format) {
  if (bytes.size() > kMaxPageBytes) {
    return FieldError(path, "(the whole)",
                      absl::StrCat("at most ", kMaxPageBytes, " bytes"),
                      absl::StrCat(bytes.size()));
  }
  ROBBENCH_RETURN_IF_ERROR(CheckJsonEncoding(path, bytes));
  absl::string_view json = bytes;
  absl::ConsumePrefix(&json, kByteOrderMark);
  json = absl::StripAsciiWhitespace(json);
  absl::string_view start = json;
  const bool named = absl::ConsumePrefix(&start, "acc");
  start = absl::StripLeadingAsciiWhitespace(start);
  if (named && absl::ConsumePrefix(&start, "=")) {
    json = start;
  } else {
    return FieldError(path, "(byte 0)", "acc={...}", Shown(json.substr(0, 12)));
  }
  absl::ConsumeSuffix(&json, ";");
  Reader reader(path, format, json, json.data() - bytes.data());
  nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
  ROBBENCH_RETURN_IF_ERROR(reader.status());
  if (!reader.head()) {
    return FieldError(path, "\"\"", "the columns' names", "none");
  }
  const std::vector<Entry>& entries = reader.entries();
  for (int index = 0; index < kNumCells; ++index) {
    ROBBENCH_RETURN_IF_ERROR(CheckEntry(path, entries, index));
  }
  std::vector<PageRow> rows;
  for (const int index : IsomorphismClasses::Get().representatives()) {
    rows.push_back({index, entries[index].counts});
  }
  return rows;
}

}  // namespace robbench
