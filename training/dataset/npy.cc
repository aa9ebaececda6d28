#include "training/dataset/npy.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

constexpr absl::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxDimensions = 8;
constexpr absl::string_view kIntegers =
    "descr: expected integers of 1, 2, 4 or 8 bytes, as '|u1' or '<i8'";

// Reads the header, a Python literal such as {'descr': '|u1', 'fortran_order':
// False, 'shape': (2, 3), }, with any order of keys and any spaces.
class HeaderReader {
 public:
  HeaderReader(const std::string& path, absl::string_view text)
      : path_(path), text_(text), rest_(text) {}

  // The array without its strides and bytes.
  absl::StatusOr<NpyArray> Array(bool* fortran_order) {
    ROBBENCH_RETURN_IF_ERROR(Expect("{"));
    while (!Accept("}")) {
      std::string key;
      ROBBENCH_RETURN_IF_ERROR(Quoted(&key));
      ROBBENCH_RETURN_IF_ERROR(Expect(":"));
      if (key == "descr" && !descr_.has_value()) {
        if (Accept("[")) return Error(kIntegers);  // of records
        ROBBENCH_RETURN_IF_ERROR(Quoted(&descr_.emplace()));
      } else if (key == "fortran_order" && !fortran_order_.has_value()) {
        fortran_order_ = Accept("True");
        if (!*fortran_order_) ROBBENCH_RETURN_IF_ERROR(Expect("False"));
      } else if (key == "shape" && !shape_.has_value()) {
        ROBBENCH_RETURN_IF_ERROR(Tuple(&shape_.emplace()));
      } else {
        return Error("expected the keys descr, fortran_order and shape once");
      }
      if (Accept(",")) continue;
      ROBBENCH_RETURN_IF_ERROR(Expect("}"));
      break;
    }
    if (!absl::StripAsciiWhitespace(rest_).empty()) {
      return Error("expected spaces behind the dict");
    }
    if (!descr_.has_value() || !fortran_order_.has_value() ||
        !shape_.has_value()) {
      return Error("expected the keys descr, fortran_order and shape once");
    }
    NpyArray array;
    // It has a byte order, a kind and a size.
    absl::string_view descr = *descr_;
    const auto one_of = [](char c, absl::string_view characters) {
      return characters.find(c) != absl::string_view::npos;
    };
    if (descr.size() != 3 || !one_of(descr[0], "<>=|") ||
        !one_of(descr[1], "biu") || !one_of(descr[2], "1248") ||
        (descr[1] == 'b' && descr[2] != '1') ||
        (descr[0] == '|' && descr[2] != '1')) {
      return Error(kIntegers);
    }
    array.big_endian = descr[0] == '>';
    array.is_signed = descr[1] == 'i';
    array.element_size = descr[2] - '0';
    array.shape = *std::move(shape_);
    *fortran_order = *fortran_order_;
    return array;
  }

 private:
  absl::Status Error(absl::string_view problem) const {
    constexpr size_t kLongest = 200;
    const std::string found = absl::CEscape(
        absl::StripTrailingAsciiWhitespace(text_.substr(0, kLongest)));
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": npy header: ", problem, ", found \"",
                     absl::StrReplaceAll(found, {{"\\'", "'"}}), "\""));
  }

  bool Accept(absl::string_view word) {
    rest_ = absl::StripLeadingAsciiWhitespace(rest_);
    return absl::ConsumePrefix(&rest_, word);
  }

  absl::Status Expect(absl::string_view word) {
    if (Accept(word)) return absl::OkStatus();
    return Error(absl::StrCat("expected \"", word, "\" at character ",
                              text_.size() - rest_.size()));
  }

  absl::Status Quoted(std::string* out) {
    const absl::string_view quote = Accept("\"") ? "\"" : "'";
    if (quote == "'") ROBBENCH_RETURN_IF_ERROR(Expect("'"));
    const size_t end = rest_.find(quote);
    if (end == absl::string_view::npos)
      return Error("expected a closing quote");
    *out = std::string(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return absl::OkStatus();
  }

  absl::Status Tuple(std::vector<int64_t>* out) {
    ROBBENCH_RETURN_IF_ERROR(Expect("("));
    while (!Accept(")")) {
      rest_ = absl::StripLeadingAsciiWhitespace(rest_);
      const size_t digits =
          std::min(rest_.find_first_not_of("0123456789"), rest_.size());
      int64_t size;
      if (!absl::SimpleAtoi(rest_.substr(0, digits), &size)) {
        return Error("shape: expected a size");
      }
      rest_.remove_prefix(digits);
      absl::ConsumePrefix(&rest_, "L");  // of Python 2
      out->push_back(size);
      if (out->size() > kMaxDimensions) {
        return Error(absl::StrCat("shape: expected at most ", kMaxDimensions,
                                  " dimensions"));
      }
      if (Accept(",")) continue;
      return Expect(")");
    }
    return absl::OkStatus();
  }

  const std::string& path_;
  const absl::string_view text_;
  absl::string_view rest_;
  std::optional<std::string> descr_;
  std::optional<bool> fortran_order_;
  std::optional<std::vector<int64_t>> shape_;
};

}  // namespace

absl::StatusOr<NpyArray> ParseNpy(const std::string& path,
                                  absl::string_view bytes) {
  const auto truncated = [&](absl::string_view field, uint64_t expected) {
    return absl::DataLossError(
        absl::StrCat(path, ": npy ", field, ": expected ", expected,
                     " bytes, found ", bytes.size(), ": truncated"));
  };
  if (bytes.size() < kMagic.size() + 2) {
    return truncated("magic", kMagic.size() + 2);
  }
  if (!absl::ConsumePrefix(&bytes, kMagic)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": npy magic: expected \"\\x93NUMPY\", found \"",
                     absl::CHexEscape(bytes.substr(0, kMagic.size())), "\""));
  }
  const int version = static_cast<uint8_t>(bytes[0]);
  if (version < 1 || version > 3 || bytes[1] != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": npy version: expected 1.0, 2.0 or 3.0, found ", version, ".",
        static_cast<int>(static_cast<uint8_t>(bytes[1]))));
  }
  bytes.remove_prefix(2);
  const size_t length_size = version == 1 ? 2 : 4;
  if (bytes.size() < length_size)
    return truncated("header length", length_size);
  uint64_t length = 0;
  for (size_t i = length_size; i-- > 0;) {
    length = length << 8 | static_cast<uint8_t>(bytes[i]);
  }
  bytes.remove_prefix(length_size);
  if (bytes.size() < length) return truncated("header", length);
  bool fortran_order = false;
  ROBBENCH_ASSIGN_OR_RETURN(
      NpyArray array,
      HeaderReader(path, bytes.substr(0, length)).Array(&fortran_order));
  bytes.remove_prefix(length);

  // Where one size is 0 there are no elements, whatever the others are.
  const int dimensions = static_cast<int>(array.shape.size());
  const bool empty =
      std::find(array.shape.begin(), array.shape.end(), 0) != array.shape.end();
  array.strides.resize(dimensions);
  int64_t expected = array.element_size;
  for (int i = 0; i < dimensions; ++i) {
    const int d = fortran_order ? i : dimensions - 1 - i;
    array.strides[d] = empty ? 0 : expected;
    if (!empty && __builtin_mul_overflow(expected, array.shape[d], &expected)) {
      return absl::InvalidArgumentError(
          absl::StrCat(path,
                       ": npy shape: expected one that fits into the "
                       "file, found (",
                       absl::StrJoin(array.shape, ", "), ")"));
    }
  }
  if (empty) expected = 0;
  if (static_cast<int64_t>(bytes.size()) < expected) {
    return truncated("data", expected);
  }
  if (static_cast<int64_t>(bytes.size()) > expected) {
    return absl::DataLossError(absl::StrCat(path, ": npy data: expected ",
                                            expected, " bytes, found ",
                                            bytes.size(), ": too long"));
  }
  array.bytes = bytes;
  return array;
}

int64_t NpyArray::At(int64_t place) const {
  uint64_t number = 0;
  for (int i = 0; i < element_size; ++i) {
    const int64_t byte = big_endian ? i : element_size - 1 - i;
    number = number << 8 | static_cast<uint8_t>(bytes[place + byte]);
  }
  const int bits = 8 * element_size;
  if (is_signed && bits < 64 && (number >> (bits - 1) & 1) != 0) {
    number |= ~uint64_t{0} << bits;
  }
  return static_cast<int64_t>(number);
}

}  // namespace robbench
