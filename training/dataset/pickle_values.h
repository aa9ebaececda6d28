// What a pickle's program makes: values that name each other by index, so that
// nothing is owned twice and a value may well contain itself.
#ifndef TRAINING_DATASET_PICKLE_VALUES_H_
#define TRAINING_DATASET_PICKLE_VALUES_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace robbench {

enum class PickleKind {
  kMark,  // no value, but on the stack
  kNone,
  kBool,
  kInteger,
  kFloat,        // of which no value is kept
  kText,         // unicode, UTF-8
  kEscapedText,  // unicode, latin1 with \uXXXX and \UXXXXXXXX
  kBytes,        // bytes, bytearray, Python 2's str
  kTuple,
  kList,
  kDict,
  kClass,
  kDType,
  kArray,
};

// "a dict"; for messages.
absl::string_view PickleKindName(PickleKind kind);

// `payload` is the number itself or the place in PickleValues.
struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  int64_t payload = 0;
};

// Deques: growing one copies nothing, so memory has no peaks.
struct PickleValues {
  struct DType {
    int64_t code = 0;  // pickle_numpy.h
    bool big_endian = false;
  };
  struct Array {
    bool complete = false;
    int64_t dtype = 0;  // its place in `dtypes`
    std::vector<int64_t> shape;
    bool fortran_order = false;
    absl::string_view data;
  };

  std::string bytes;                      // the file
  std::deque<std::string> decoded;        // bytes that it holds as text
  uint64_t decoded_size = 0;              // of all of them
  std::deque<absl::string_view> strings;  // of all three kinds
  // Of kTuple, kList; of kDict: key, value, key, value ...
  std::deque<std::vector<PickleValue>> sequences;
  std::deque<DType> dtypes;  // of kDType
  std::deque<Array> arrays;  // of kArray
  PickleValue top;

  absl::string_view String(const PickleValue& value) const {
    return strings[value.payload];
  }
  const std::vector<PickleValue>& Sequence(const PickleValue& value) const {
    return sequences[value.payload];
  }

  PickleValue AddString(PickleKind kind, absl::string_view text);
  PickleValue AddSequence(PickleKind kind, std::vector<PickleValue> items);
  PickleValue AddArray(Array array);
};

// Text or bytes: Python 2 has no other strings than bytes.
bool IsPickledString(const PickleValue& value);

// The bytes of a string as Python 2's repr() writes it, in quotes and with
// escapes (\n, \x1f, \', ...); whether it is one.
bool ParsePythonBytes(absl::string_view literal, std::string* out);

// For messages: printable and short.
std::string PrintablePickleText(absl::string_view text);

}  // namespace robbench

#endif  // TRAINING_DATASET_PICKLE_VALUES_H_
