#include "training/dataset/pickle/pickle_numpy.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

using Items = std::vector<PickleValue>;

constexpr size_t kMaxDimensions = 8;

enum Class : int64_t {
  kNdarray,
  kDType,
  kReconstruct,
  kFromBuffer,
  kScalar,
  kEncode
};

struct ClassName {
  Class id;
  const char* module;
  const char* name;
};

constexpr ClassName kClasses[] = {
    {kNdarray, "numpy", "ndarray"},
    {kDType, "numpy", "dtype"},
    {kReconstruct, "numpy.core.multiarray", "_reconstruct"},
    {kReconstruct, "numpy._core.multiarray", "_reconstruct"},
    {kFromBuffer, "numpy.core.numeric", "_frombuffer"},
    {kFromBuffer, "numpy._core.numeric", "_frombuffer"},
    {kScalar, "numpy.core.multiarray", "scalar"},
    {kScalar, "numpy._core.multiarray", "scalar"},
    {kEncode, "_codecs", "encode"},
};

struct DType {
  const char* code;
  int64_t size;
};

constexpr DType kDTypes[] = {
    {"b1", 1}, {"u1", 1}, {"i1", 1}, {"u2", 2}, {"i2", 2}, {"u4", 4},
    {"i4", 4}, {"u8", 8}, {"i8", 8}, {"f2", 2}, {"f4", 4}, {"f8", 8},
};

template <typename... Parts>
absl::Status Error(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

absl::Status Expected(absl::string_view expected, const PickleValue& found) {
  return Error("expected ", expected, ", found ", PickleKindName(found.kind));
}

bool IsText(const PickleValues& values, const PickleValue& value,
            absl::string_view text) {
  return IsPickledString(value) && values.String(value) == text;
}

bool IsInteger(const PickleValue& value, int64_t number) {
  return value.kind == PickleKind::kInteger && value.payload == number;
}

absl::StatusOr<PickleValue> MakeDType(const Items& arguments,
                                      PickleValues& values) {
  if (arguments.empty() || arguments.size() > 3 ||
      !IsPickledString(arguments[0])) {
    return Error("dtype: expected a type code and at most two flags");
  }
  const absl::string_view code = values.String(arguments[0]);
  for (size_t i = 0; i < std::size(kDTypes); ++i) {
    if (code != kDTypes[i].code) continue;
    values.dtypes.push_back({.code = static_cast<int64_t>(i)});
    return PickleValue{PickleKind::kDType,
                       static_cast<int64_t>(values.dtypes.size()) - 1};
  }
  return Error("dtype: expected one of ",
               absl::StrJoin(kDTypes, ", ",
                             [](std::string* out, const DType& dtype) {
                               absl::StrAppend(out, dtype.code);
                             }),
               ", found \"", PrintablePickleText(code), "\"");
}

// Returns the character of the text at `i`, 0 ... 255, and moves `i` behind it;
// -1 for other characters.
int Latin1Character(PickleKind kind, absl::string_view text, size_t& i) {
  const uint8_t byte = text[i++];
  if (kind == PickleKind::kText) {
    if (byte < 0x80) return byte;
    const uint8_t next = i < text.size() ? text[i] : 0;
    if ((byte != 0xc2 && byte != 0xc3) || (next & 0xc0) != 0x80) return -1;
    ++i;
    return (byte & 3) << 6 | (next & 0x3f);
  }
  // This is Python's raw-unicode-escape.
  if (byte != '\\' || i == text.size()) return byte;
  const size_t digits = text[i] == 'u' ? 4 : text[i] == 'U' ? 8 : 0;
  if (digits == 0) return byte;
  uint32_t character;
  if (text.size() - i <= digits ||
      !absl::SimpleHexAtoi(text.substr(i + 1, digits), &character) ||
      character > 255) {
    return -1;
  }
  i += 1 + digits;
  return static_cast<int>(character);
}

absl::StatusOr<PickleValue> Encode(const Items& arguments,
                                   PickleValues& values) {
  if (arguments.size() != 2 || !IsPickledString(arguments[0]) ||
      arguments[0].kind == PickleKind::kBytes ||
      !IsText(values, arguments[1], "latin1")) {
    return Error("_codecs.encode: expected a string and \"latin1\"");
  }
  const absl::string_view text = values.String(arguments[0]);
  const PickleKind kind = arguments[0].kind;
  size_t characters = text.size();
  if (kind == PickleKind::kText) {
    characters = std::count_if(text.begin(), text.end(),
                               [](char byte) { return (byte & 0xc0) != 0x80; });
  }
  // One string may be encoded many times, so the sum is limited by the file's
  // size.
  values.decoded_size += characters;
  if (values.decoded_size > values.bytes.size()) {
    return Error("_codecs.encode: expected no more bytes than the file has");
  }
  std::string bytes;
  bytes.reserve(characters);
  for (size_t i = 0; i < text.size();) {
    const size_t place = i;
    const int character = Latin1Character(kind, text, i);
    if (character < 0) {
      return Error(
          "_codecs.encode: expected characters up to 255, found another at "
          "byte ",
          place, " of the string");
    }
    bytes.push_back(static_cast<char>(character));
  }
  values.decoded.push_back(std::move(bytes));
  return values.AddString(PickleKind::kBytes, values.decoded.back());
}

absl::Status FillArray(const PickleValue& shape, const PickleValue& dtype,
                       const PickleValue& data, bool fortran_order,
                       const PickleValues& values, PickleValues::Array& array) {
  if (shape.kind != PickleKind::kTuple) {
    return Expected("a tuple as shape", shape);
  }
  if (dtype.kind != PickleKind::kDType) return Expected("a dtype", dtype);
  if (data.kind != PickleKind::kBytes) return Expected("bytes as data", data);
  const Items& sizes = values.Sequence(shape);
  if (sizes.size() > kMaxDimensions) {
    return Error("array: expected at most ", kMaxDimensions,
                 " dimensions, found ", sizes.size());
  }
  std::vector<int64_t> numbers;
  const DType& element = kDTypes[values.dtypes[dtype.payload].code];
  int64_t bytes = element.size;
  for (const PickleValue& size : sizes) {
    if (size.kind != PickleKind::kInteger) {
      return Expected("an integer as size", size);
    }
    if (size.payload < 0 ||
        __builtin_mul_overflow(bytes, size.payload, &bytes)) {
      return Error("array: expected sizes that fit into the file, found ",
                   size.payload);
    }
    numbers.push_back(size.payload);
  }
  const absl::string_view found = values.String(data);
  if (static_cast<int64_t>(found.size()) != bytes) {
    return Error("array: expected ", bytes, " bytes for shape [",
                 absl::StrJoin(numbers, ", "), "] of ", element.code,
                 ", found ", found.size());
  }
  array = {true, dtype.payload, std::move(numbers), fortran_order, found};
  return absl::OkStatus();
}

absl::StatusOr<PickleValue> FromBuffer(const Items& arguments,
                                       PickleValues& values) {
  const bool fortran =
      arguments.size() == 4 && IsText(values, arguments[3], "F");
  if (arguments.size() != 4 ||
      (!fortran && !IsText(values, arguments[3], "C"))) {
    return Error(
        "_frombuffer: expected bytes, dtype, shape and \"C\" or \"F\"");
  }
  PickleValues::Array array;
  ROBBENCH_RETURN_IF_ERROR(FillArray(arguments[2], arguments[1], arguments[0],
                                     fortran, values, array));
  return values.AddArray(std::move(array));
}

// numpy.core.multiarray.scalar(dtype, bytes): a number.
absl::StatusOr<PickleValue> MakeScalar(const Items& arguments,
                                       const PickleValues& values) {
  if (arguments.size() != 2 || arguments[0].kind != PickleKind::kDType ||
      arguments[1].kind != PickleKind::kBytes) {
    return Error("scalar: expected a dtype and bytes");
  }
  const PickleValues::DType& dtype = values.dtypes[arguments[0].payload];
  const absl::string_view bytes = values.String(arguments[1]);
  if (static_cast<int64_t>(bytes.size()) != PickledDTypeSize(dtype)) {
    return Error("scalar: expected ", PickledDTypeSize(dtype), " bytes of ",
                 PickledDTypeCode(dtype), ", found ", bytes.size());
  }
  if (PickledDTypeCode(dtype) == "b1") {
    return PickleValue{PickleKind::kBool, bytes[0] != 0};
  }
  if (!IsPickledInteger(dtype)) return PickleValue{PickleKind::kFloat};
  return PickleValue{PickleKind::kInteger, PickledInteger(dtype, bytes)};
}

absl::Status BuildDType(const Items& state, const PickleValues& values,
                        PickleValues::DType& dtype) {
  if (state.size() != 8 || !IsInteger(state[0], 3) ||
      !IsPickledString(state[1]) || state[2].kind != PickleKind::kNone ||
      state[3].kind != PickleKind::kNone ||
      state[4].kind != PickleKind::kNone || !IsInteger(state[5], -1) ||
      !IsInteger(state[6], -1) || !IsInteger(state[7], 0)) {
    return Error("dtype: expected the state of a plain number");
  }
  const absl::string_view order = values.String(state[1]);
  dtype.big_endian = order == ">";
  if (order == "|" || order == "<" || order == ">") return absl::OkStatus();
  return Error("dtype: byte order: expected \"<\", \">\" or \"|\", found \"",
               PrintablePickleText(order), "\"");
}

absl::Status BuildArray(const Items& state, const PickleValues& values,
                        PickleValues::Array& array) {
  if (array.complete) return Error("array: its state was given before");
  if (state.size() != 5 || !IsInteger(state[0], 1) ||
      (state[3].kind != PickleKind::kBool &&
       state[3].kind != PickleKind::kInteger)) {
    return Error("array: expected version 1, shape, dtype, order and bytes");
  }
  return FillArray(state[1], state[2], state[4], state[3].payload != 0, values,
                   array);
}

}  // namespace

absl::StatusOr<PickleValue> FindPickledClass(absl::string_view module,
                                             absl::string_view name) {
  for (const ClassName& known : kClasses) {
    if (module != known.module || name != known.name) continue;
    return PickleValue{PickleKind::kClass, known.id};
  }
  return Error("class ", PrintablePickleText(module), ".",
               PrintablePickleText(name),
               " is not allowed: expected numpy arrays and plain values");
}

absl::StatusOr<PickleValue> CallPickled(const PickleValue& callee,
                                        const PickleValue& arguments,
                                        PickleValues& values) {
  if (callee.kind != PickleKind::kClass) return Expected("a class", callee);
  if (arguments.kind != PickleKind::kTuple) {
    return Expected("a tuple", arguments);
  }
  const Items& items = values.Sequence(arguments);
  switch (static_cast<Class>(callee.payload)) {
    case kDType:
      return MakeDType(items, values);
    case kEncode:
      return Encode(items, values);
    case kFromBuffer:
      return FromBuffer(items, values);
    case kScalar:
      return MakeScalar(items, values);
    case kReconstruct:
      if (items.size() != 3 || items[0].kind != PickleKind::kClass ||
          items[0].payload != kNdarray || items[1].kind != PickleKind::kTuple ||
          !IsText(values, items[2], "b")) {
        return Error("_reconstruct: expected numpy.ndarray, a shape and \"b\"");
      }
      return values.AddArray({});
    case kNdarray:
      break;
  }
  return Error("numpy.ndarray: expected not to be called");
}

absl::Status BuildPickled(const PickleValue& object, const PickleValue& state,
                          PickleValues& values) {
  if (state.kind != PickleKind::kTuple) return Expected("a tuple", state);
  const Items& items = values.Sequence(state);
  if (object.kind == PickleKind::kDType) {
    return BuildDType(items, values, values.dtypes[object.payload]);
  }
  if (object.kind != PickleKind::kArray) {
    return Expected("an array or a dtype", object);
  }
  return BuildArray(items, values, values.arrays[object.payload]);
}

absl::string_view PickledDTypeCode(const PickleValues::DType& dtype) {
  return kDTypes[dtype.code].code;
}

int64_t PickledDTypeSize(const PickleValues::DType& dtype) {
  return kDTypes[dtype.code].size;
}

bool IsPickledInteger(const PickleValues::DType& dtype) {
  const char kind = kDTypes[dtype.code].code[0];
  return kind == 'i' || kind == 'u';
}

int64_t PickledInteger(const PickleValues::DType& dtype,
                       absl::string_view bytes) {
  const int bits = 8 * static_cast<int>(bytes.size());
  uint64_t number = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const size_t place = dtype.big_endian ? i : bytes.size() - 1 - i;
    number = number << 8 | static_cast<uint8_t>(bytes[place]);
  }
  if (kDTypes[dtype.code].code[0] == 'i' && bits < 64 &&
      (number >> (bits - 1) & 1) != 0) {
    number |= ~uint64_t{0} << bits;
  }
  return static_cast<int64_t>(number);
}

}  // namespace robbench
