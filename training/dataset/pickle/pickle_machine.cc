#include "training/dataset/pickle/pickle_machine.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "nas/base/status_macros.h"
#include "training/dataset/pickle/pickle_numpy.h"
#include "training/dataset/pickle/pickle_opcodes.h"
#include "training/dataset/pickle/pickle_reader.h"
#include "training/dataset/pickle/pickle_values.h"

namespace robbench {
namespace {

// Ten times as many as a batch of ImageNet16 has: some 130,000 opcodes in
// 100 MB.
constexpr int64_t kMaxOpcodes = 1 << 20;

// The stack machine that a pickle is a program for.
class Machine {
 public:
  Machine(const std::string& path, PickleValues& values)
      : path_(path), values_(values), reader_(path, values.bytes) {}

  absl::Status Run();

 private:
  absl::Status Error(absl::string_view problem) const {
    return reader_.Error(problem);
  }
  absl::Status Expected(absl::string_view expected,
                        const PickleValue& found) const {
    return Error(absl::StrCat("expected ", expected, ", found ",
                              PickleKindName(found.kind)));
  }

  absl::Status Step();

  void Push(PickleKind kind, int64_t payload = 0) {
    stack_.push_back({kind, payload});
  }
  absl::Status PushSized(PickleKind kind, int length_size);
  absl::Status PushLong(int length_size);
  absl::Status PushLine();
  absl::Status MemoIndex(uint64_t* out);
  absl::Status PushClass(absl::string_view module, absl::string_view name);
  absl::Status Pop(PickleValue* out);
  absl::Status PopToMark(std::vector<PickleValue>* out);
  absl::Status PushTuple(int size);
  absl::Status Top(PickleValue* out) const;
  absl::Status Append(std::vector<PickleValue> items, PickleKind target);
  absl::Status Put(uint64_t index);
  absl::Status Get(uint64_t index);
  absl::Status StackGlobal();

  absl::Status Reduce();
  absl::Status At(const absl::Status& status) const;

  const std::string& path_;
  PickleValues& values_;
  PickleReader reader_;
  bool stopped_ = false;
  std::vector<PickleValue> stack_;
  std::vector<PickleValue> memo_;  // kMark where nothing was put
};

// Pushes a string that follows its length of `length_size` bytes.
absl::Status Machine::PushSized(PickleKind kind, int length_size) {
  uint64_t size;
  absl::string_view text;
  ROBBENCH_RETURN_IF_ERROR(reader_.TakeNumber(length_size, &size));
  ROBBENCH_RETURN_IF_ERROR(reader_.Take(size, &text));
  stack_.push_back(values_.AddString(kind, text));
  return absl::OkStatus();
}

// Pushes an integer in two's complement that follows its length of
// `length_size` bytes.
absl::Status Machine::PushLong(int length_size) {
  uint64_t size;
  ROBBENCH_RETURN_IF_ERROR(reader_.TakeNumber(length_size, &size));
  if (size > 8) {
    return Error(
        absl::StrCat("expected an integer of at most 8 bytes, found ", size));
  }
  uint64_t number;
  ROBBENCH_RETURN_IF_ERROR(reader_.TakeNumber(static_cast<int>(size), &number));
  if (size > 0 && size < 8 && (number >> (8 * size - 1) & 1) != 0) {
    number |= ~uint64_t{0} << (8 * size);
  }
  Push(PickleKind::kInteger, static_cast<int64_t>(number));
  return absl::OkStatus();
}

// Pushes what protocol 0 writes as a line of text: INT, LONG, FLOAT, STRING,
// UNICODE.
absl::Status Machine::PushLine() {
  absl::string_view line;
  ROBBENCH_RETURN_IF_ERROR(reader_.TakeLine(&line));
  const PickleOpcode opcode = reader_.opcode();
  if (opcode == PickleOpcode::kString) {
    std::string bytes;
    if (!ParsePythonBytes(line, &bytes)) {
      return Error("expected a Python string in quotes");
    }
    values_.decoded.push_back(std::move(bytes));
    stack_.push_back(
        values_.AddString(PickleKind::kBytes, values_.decoded.back()));
    return absl::OkStatus();
  }
  if (opcode == PickleOpcode::kUnicode) {
    // Without escapes and bytes beyond ASCII, the line is its own meaning.
    const bool plain = std::all_of(line.begin(), line.end(), [](char c) {
      return c != '\\' && static_cast<uint8_t>(c) < 0x80;
    });
    stack_.push_back(values_.AddString(
        plain ? PickleKind::kText : PickleKind::kEscapedText, line));
    return absl::OkStatus();
  }
  if (opcode == PickleOpcode::kFloat) {
    double number;
    if (!absl::SimpleAtod(line, &number)) return Error("expected a number");
    Push(PickleKind::kFloat);
    return absl::OkStatus();
  }
  if (opcode == PickleOpcode::kInt && (line == "00" || line == "01")) {
    Push(PickleKind::kBool, line == "01");
    return absl::OkStatus();
  }
  if (opcode == PickleOpcode::kLong) absl::ConsumeSuffix(&line, "L");
  int64_t number;
  if (!absl::SimpleAtoi(line, &number)) {
    return Error("expected an integer of at most 8 bytes");
  }
  Push(PickleKind::kInteger, number);
  return absl::OkStatus();
}

absl::Status Machine::PushClass(absl::string_view module,
                                absl::string_view name) {
  const absl::StatusOr<PickleValue> found = FindPickledClass(module, name);
  if (!found.ok()) return At(found.status());
  stack_.push_back(*found);
  return absl::OkStatus();
}

absl::Status Machine::Top(PickleValue* out) const {
  if (stack_.empty() || stack_.back().kind == PickleKind::kMark) {
    return Error("expected a value on the stack, found none");
  }
  *out = stack_.back();
  return absl::OkStatus();
}

absl::Status Machine::Pop(PickleValue* out) {
  ROBBENCH_RETURN_IF_ERROR(Top(out));
  stack_.pop_back();
  return absl::OkStatus();
}

absl::Status Machine::PopToMark(std::vector<PickleValue>* out) {
  const auto mark = std::find_if(stack_.rbegin(), stack_.rend(),
                                 [](const PickleValue& value) {
                                   return value.kind == PickleKind::kMark;
                                 })
                        .base();  // behind the mark
  if (mark == stack_.begin()) {
    return Error("expected a mark on the stack, found none");
  }
  out->assign(mark, stack_.end());
  stack_.erase(mark - 1, stack_.end());
  return absl::OkStatus();
}

absl::Status Machine::PushTuple(int size) {
  std::vector<PickleValue> items(size);
  for (int i = size - 1; i >= 0; --i) {
    ROBBENCH_RETURN_IF_ERROR(Pop(&items[i]));
  }
  stack_.push_back(values_.AddSequence(PickleKind::kTuple, std::move(items)));
  return absl::OkStatus();
}

// Appends items to the list on top of the stack, or keys and values by turns to
// the dict on top.
absl::Status Machine::Append(std::vector<PickleValue> items,
                             PickleKind target) {
  PickleValue top;
  ROBBENCH_RETURN_IF_ERROR(Top(&top));
  if (top.kind != target) return Expected(PickleKindName(target), top);
  if (target == PickleKind::kDict) {
    if (items.size() % 2 != 0) {
      return Error(absl::StrCat("expected keys with values, found ",
                                items.size(), " items"));
    }
    for (size_t i = 0; i < items.size(); i += 2) {
      if (items[i].kind == PickleKind::kList ||
          items[i].kind == PickleKind::kDict ||
          items[i].kind == PickleKind::kArray) {
        return Expected("a key that can be hashed", items[i]);
      }
    }
  }
  std::vector<PickleValue>& all = values_.sequences[top.payload];
  all.insert(all.end(), items.begin(), items.end());
  return absl::OkStatus();
}

absl::Status Machine::Put(uint64_t index) {
  PickleValue top;
  ROBBENCH_RETURN_IF_ERROR(Top(&top));
  // Picklers count, from 0 or (Python 2) from 1; pickletools.optimize leaves
  // numbers out, but a value of a byte at least goes before each.
  const uint64_t most = std::min<uint64_t>(reader_.offset(), kMaxOpcodes);
  if (index > most) {
    return Error(absl::StrCat("expected a memo index of at most ", most,
                              ", found ", index));
  }
  if (index >= memo_.size()) memo_.resize(index + 1, {PickleKind::kMark, 0});
  memo_[index] = top;
  return absl::OkStatus();
}

// Reads the memo's index: a line of digits, one byte or four bytes, by opcode.
absl::Status Machine::MemoIndex(uint64_t* out) {
  const PickleOpcode opcode = reader_.opcode();
  if (opcode != PickleOpcode::kPut && opcode != PickleOpcode::kGet) {
    const bool one =
        opcode == PickleOpcode::kBinPut || opcode == PickleOpcode::kBinGet;
    return reader_.TakeNumber(one ? 1 : 4, out);
  }
  absl::string_view line;
  ROBBENCH_RETURN_IF_ERROR(reader_.TakeLine(&line));
  if (absl::SimpleAtoi(line, out)) return absl::OkStatus();
  return Error("expected a memo index");
}

absl::Status Machine::Get(uint64_t index) {
  if (index >= memo_.size() || memo_[index].kind == PickleKind::kMark) {
    return Error(absl::StrCat("nothing was put at memo index ", index));
  }
  stack_.push_back(memo_[index]);
  return absl::OkStatus();
}

absl::Status Machine::StackGlobal() {
  PickleValue name, module;
  ROBBENCH_RETURN_IF_ERROR(Pop(&name));
  ROBBENCH_RETURN_IF_ERROR(Pop(&module));
  if (name.kind != PickleKind::kText) return Expected("a string", name);
  if (module.kind != PickleKind::kText) return Expected("a string", module);
  return PushClass(values_.String(module), values_.String(name));
}

absl::Status Machine::Reduce() {
  PickleValue arguments, callee;
  ROBBENCH_RETURN_IF_ERROR(Pop(&arguments));
  ROBBENCH_RETURN_IF_ERROR(Pop(&callee));
  const absl::StatusOr<PickleValue> result =
      CallPickled(callee, arguments, values_);
  if (!result.ok()) return At(result.status());
  stack_.push_back(*result);
  return absl::OkStatus();
}

// Adds path and offset to an error of pickle_numpy.h, which has neither.
absl::Status Machine::At(const absl::Status& status) const {
  return status.ok() ? status : Error(status.message());
}

absl::Status Machine::Step() {
  uint64_t number;
  absl::string_view line, other_line;
  PickleValue value, top;
  std::vector<PickleValue> items;
  switch (reader_.opcode()) {
    case PickleOpcode::kProto:
      ROBBENCH_RETURN_IF_ERROR(reader_.TakeNumber(1, &number));
      if (reader_.offset() != 0)
        return Error("expected at the start of the file only");
      if (number > 5) {
        return Error(absl::StrCat("expected protocol 0 to 5, found ", number));
      }
      return absl::OkStatus();
    case PickleOpcode::kFrame:
      ROBBENCH_RETURN_IF_ERROR(reader_.TakeNumber(8, &number));
      if (number > reader_.left()) {
        return reader_.Take(number, &line);  // which says what is missing
      }
      return absl::OkStatus();
    case PickleOpcode::kStop:
      ROBBENCH_RETURN_IF_ERROR(Pop(&values_.top));
      if (!stack_.empty()) {
        return Error(absl::StrCat("expected one value, found ", stack_.size(),
                                  " more on the stack"));
      }
      stopped_ = true;
      return absl::OkStatus();
    case PickleOpcode::kMark:
      Push(PickleKind::kMark);
      return absl::OkStatus();
    case PickleOpcode::kNone:
      Push(PickleKind::kNone);
      return absl::OkStatus();
    case PickleOpcode::kNewTrue:
    case PickleOpcode::kNewFalse:
      Push(PickleKind::kBool, reader_.opcode() == PickleOpcode::kNewTrue);
      return absl::OkStatus();
    case PickleOpcode::kBinInt:
      ROBBENCH_RETURN_IF_ERROR(reader_.TakeNumber(4, &number));
      Push(PickleKind::kInteger, static_cast<int32_t>(number));
      return absl::OkStatus();
    case PickleOpcode::kBinInt1:
    case PickleOpcode::kBinInt2:
      ROBBENCH_RETURN_IF_ERROR(reader_.TakeNumber(
          reader_.opcode() == PickleOpcode::kBinInt1 ? 1 : 2, &number));
      Push(PickleKind::kInteger, static_cast<int64_t>(number));
      return absl::OkStatus();
    case PickleOpcode::kLong1:
      return PushLong(1);
    case PickleOpcode::kLong4:
      return PushLong(4);
    case PickleOpcode::kInt:
    case PickleOpcode::kLong:
    case PickleOpcode::kFloat:
    case PickleOpcode::kString:
    case PickleOpcode::kUnicode:
      return PushLine();
    case PickleOpcode::kBinFloat:
      ROBBENCH_RETURN_IF_ERROR(reader_.TakeNumber(8, &number));
      Push(PickleKind::kFloat);
      return absl::OkStatus();
    case PickleOpcode::kShortBinString:
    case PickleOpcode::kShortBinBytes:
      return PushSized(PickleKind::kBytes, 1);
    case PickleOpcode::kBinString:
    case PickleOpcode::kBinBytes:
      return PushSized(PickleKind::kBytes, 4);
    case PickleOpcode::kBinBytes8:
    case PickleOpcode::kByteArray8:
      return PushSized(PickleKind::kBytes, 8);
    case PickleOpcode::kShortBinUnicode:
      return PushSized(PickleKind::kText, 1);
    case PickleOpcode::kBinUnicode:
      return PushSized(PickleKind::kText, 4);
    case PickleOpcode::kBinUnicode8:
      return PushSized(PickleKind::kText, 8);
    case PickleOpcode::kEmptyDict:
      stack_.push_back(values_.AddSequence(PickleKind::kDict, {}));
      return absl::OkStatus();
    case PickleOpcode::kEmptyList:
      stack_.push_back(values_.AddSequence(PickleKind::kList, {}));
      return absl::OkStatus();
    case PickleOpcode::kEmptyTuple:
      return PushTuple(0);
    case PickleOpcode::kTuple1:
      return PushTuple(1);
    case PickleOpcode::kTuple2:
      return PushTuple(2);
    case PickleOpcode::kTuple3:
      return PushTuple(3);
    case PickleOpcode::kTuple:
    case PickleOpcode::kList:
      ROBBENCH_RETURN_IF_ERROR(PopToMark(&items));
      stack_.push_back(values_.AddSequence(
          reader_.opcode() == PickleOpcode::kTuple ? PickleKind::kTuple
                                                   : PickleKind::kList,
          std::move(items)));
      return absl::OkStatus();
    case PickleOpcode::kDict:
      ROBBENCH_RETURN_IF_ERROR(PopToMark(&items));
      stack_.push_back(values_.AddSequence(PickleKind::kDict, {}));
      return Append(std::move(items), PickleKind::kDict);
    case PickleOpcode::kAppend:
      ROBBENCH_RETURN_IF_ERROR(Pop(&value));
      return Append({value}, PickleKind::kList);
    case PickleOpcode::kAppends:
      ROBBENCH_RETURN_IF_ERROR(PopToMark(&items));
      return Append(std::move(items), PickleKind::kList);
    case PickleOpcode::kSetItem: {
      PickleValue key;
      ROBBENCH_RETURN_IF_ERROR(Pop(&value));
      ROBBENCH_RETURN_IF_ERROR(Pop(&key));
      return Append({key, value}, PickleKind::kDict);
    }
    case PickleOpcode::kSetItems:
      ROBBENCH_RETURN_IF_ERROR(PopToMark(&items));
      return Append(std::move(items), PickleKind::kDict);
    case PickleOpcode::kGlobal:
      ROBBENCH_RETURN_IF_ERROR(reader_.TakeLine(&line));
      ROBBENCH_RETURN_IF_ERROR(reader_.TakeLine(&other_line));
      return PushClass(line, other_line);
    case PickleOpcode::kStackGlobal:
      return StackGlobal();
    case PickleOpcode::kReduce:
      return Reduce();
    case PickleOpcode::kBuild:
      ROBBENCH_RETURN_IF_ERROR(Pop(&value));
      ROBBENCH_RETURN_IF_ERROR(Top(&top));
      return At(BuildPickled(top, value, values_));
    case PickleOpcode::kPut:
    case PickleOpcode::kBinPut:
    case PickleOpcode::kLongBinPut:
      ROBBENCH_RETURN_IF_ERROR(MemoIndex(&number));
      return Put(number);
    case PickleOpcode::kMemoize:
      return Put(memo_.size());
    case PickleOpcode::kGet:
    case PickleOpcode::kBinGet:
    case PickleOpcode::kLongBinGet:
      ROBBENCH_RETURN_IF_ERROR(MemoIndex(&number));
      return Get(number);
  }
  return Error("this opcode is not allowed");
}

absl::Status Machine::Run() {
  for (int64_t steps = 0; !stopped_; ++steps) {
    ROBBENCH_RETURN_IF_ERROR(reader_.NextOpcode());
    // These are the first opcodes of a dict in protocols 0 and 1.
    if (steps == 0 && reader_.opcode() != PickleOpcode::kProto &&
        reader_.opcode() != PickleOpcode::kMark &&
        reader_.opcode() != PickleOpcode::kEmptyDict) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s: expected a pickle of a dict, which starts with "
                          "byte 0x80, \"(\" or \"}\", found 0x%02x",
                          path_, static_cast<uint8_t>(reader_.opcode())));
    }
    if (steps == kMaxOpcodes) {
      return Error(absl::StrCat("expected at most ", kMaxOpcodes,
                                " opcodes, found more"));
    }
    ROBBENCH_RETURN_IF_ERROR(Step());
  }
  if (reader_.left() != 0) {
    return Error(absl::StrCat("expected the end of the file, found ",
                              reader_.left(), " more bytes"));
  }
  if (values_.top.kind != PickleKind::kDict) {
    return Expected("a dict", values_.top);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunPickle(const std::string& path, PickleValues& values) {
  return Machine(path, values).Run();
}

}  // namespace robbench
