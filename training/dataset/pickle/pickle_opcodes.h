// The opcodes of Python's pickles, as CPython's pickletools.py documents them.
// An opcode is one byte; its arguments follow it in the file or are taken from
// the stack.
#ifndef TRAINING_DATASET_PICKLE_PICKLE_OPCODES_H_
#define TRAINING_DATASET_PICKLE_PICKLE_OPCODES_H_

#include <cstdint>
#include <string>

namespace robbench {

// The opcodes that pickle.h allows: those that make numbers, strings, lists,
// tuples and dicts, that keep values in the memo, and that name and call what
// pickle_numpy.h knows. All others are refused.
enum class PickleOpcode : uint8_t {
  kMark = '(',
  kEmptyTuple = ')',
  kStop = '.',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kFloat = 'F',
  kBinFloat = 'G',
  kInt = 'I',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kLong = 'L',
  kBinInt2 = 'M',
  kNone = 'N',
  kReduce = 'R',
  kString = 'S',
  kBinString = 'T',
  kShortBinString = 'U',
  kUnicode = 'V',
  kBinUnicode = 'X',
  kEmptyList = ']',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kDict = 'd',
  kAppends = 'e',
  kGet = 'g',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kList = 'l',
  kPut = 'p',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyDict = '}',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kBinBytes8 = 0x8e,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
  kByteArray8 = 0x96,
};

// Returns pickletools' name of any opcode, allowed or not, such as "BINFLOAT",
// or "byte 0xff" for a byte that is no opcode.
std::string PickleOpcodeName(uint8_t opcode);

}  // namespace robbench

#endif  // TRAINING_DATASET_PICKLE_PICKLE_OPCODES_H_
