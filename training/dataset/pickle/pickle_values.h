// The values that a pickle's program makes. They refer to each other by index,
// so that nothing is owned twice and a value may even contain itself.
#ifndef TRAINING_DATASET_PICKLE_PICKLE_VALUES_H_
#define TRAINING_DATASET_PICKLE_PICKLE_VALUES_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace robbench {

// What a value is.
enum class PickleKind {
  kMark,  // no value, but an entry of the stack (opcode MARK)
  kNone,
  kBool,
  kInteger,
  kFloat,        // its number is not kept, as nobody needs it
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

// The kind in words for messages: "a dict".
absl::string_view PickleKindName(PickleKind kind);

// A value. `payload` is the number itself, or the place in one of the lists of
// PickleValues.
struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  int64_t payload = 0;
};

// All values of one pickle. The lists are deques because these copy nothing
// when they grow, so that memory has no peaks.
struct PickleValues {
  struct DType {
    int64_t code = 0;  // position in the list of pickle_numpy.cc
    bool big_endian = false;
  };
  struct Array {
    bool complete = false;  // BUILD has set its state
    int64_t dtype = 0;      // its place in `dtypes`
    std::vector<int64_t> shape;
    bool fortran_order = false;
    absl::string_view data;
  };

  std::string bytes;                      // the file
  std::deque<std::string> decoded;        // bytes that the file has as text
  uint64_t decoded_size = 0;              // of all of them together
  std::deque<absl::string_view> strings;  // of the three kinds of strings
  // The items of a kTuple or kList; of a kDict key, value, key, value ...
  std::deque<std::vector<PickleValue>> sequences;
  std::deque<DType> dtypes;  // of kDType
  std::deque<Array> arrays;  // of kArray
  PickleValue top;           // the result of the program

  // The string or items of a value, which must be of a fitting kind.
  absl::string_view String(const PickleValue& value) const {
    return strings[value.payload];
  }
  const std::vector<PickleValue>& Sequence(const PickleValue& value) const {
    return sequences[value.payload];
  }

  // Each adds a value and returns it.
  PickleValue AddString(PickleKind kind, absl::string_view text);
  PickleValue AddSequence(PickleKind kind, std::vector<PickleValue> items);
  PickleValue AddArray(Array array);
};

// Whether the value is text or bytes; Python 2 pickles its strings as bytes.
bool IsPickledString(const PickleValue& value);

// Appends to `out` the bytes of a string as Python 2's repr() writes it, in
// quotes and with escapes (\n, \x1f, \', ...). Returns false if it is not
// written so.
bool ParsePythonBytes(absl::string_view literal, std::string* out);

// Returns the text for a message, escaped and cut to 80 bytes.
std::string PrintablePickleText(absl::string_view text);

}  // namespace robbench

#endif  // TRAINING_DATASET_PICKLE_PICKLE_VALUES_H_
