// Tests the restricted pickle reader by hand-made pickles: what is allowed,
// what is refused by name, and wrong sizes. imagenet16_test has real numpy
// pickles.
#include "training/dataset/pickle/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "nas/base/file.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// With the zero bytes that a literal holds.
template <size_t N>
std::string Bytes(const char (&literal)[N]) {
  return std::string(literal, N - 1);
}

std::string Text(const std::string& text) {
  return "\x8c" + std::string(1, static_cast<char>(text.size())) + text;
}

// {"key": VALUE} under protocol 4.
std::string Dict(const std::string& value) {
  return Bytes("\x80\x04}") + Text("key") + value + "s.";
}

absl::Status Status(const std::string& bytes) {
  return PickledDict::Parse("f", bytes).status();
}

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

std::string Error(const std::string& bytes) { return Message(Status(bytes)); }

const std::string& DType() {
  static const std::string& dtype = *new std::string(
      Bytes("cnumpy\ndtype\n") + Text("u1") + "\x89\x88\x87R(K\x03" +
      Text("|") + Bytes("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"));
  return dtype;
}

// An array by _reconstruct with this shape, dtype and data.
std::string Array(const std::string& shape, const std::string& dtype,
                  const std::string& data, const std::string& order = "\x89") {
  return Bytes(
             "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
             "K\0\x85"
             "C\1b\x87R(K\1") +
         shape + dtype + order + data + "tb";
}

TEST(PickleTest, ReadsListsOfIntegers) {
  const absl::StatusOr<PickledDict> dict = PickledDict::Parse(
      "f", Dict(Bytes("](K\xffM\xff\xffJ\xfe\xff\xff\xff\x8a\0\x8a\1\x80"
                      "\x8a\x08\0\0\0\0\0\0\0\x80"
                      "eK\7a")));
  ASSERT_TRUE(dict.ok()) << dict.status();
  const auto numbers = dict->Integers("key");
  ASSERT_TRUE(numbers.ok()) << numbers.status();
  EXPECT_THAT(*numbers, ElementsAre(255, 65535, -2, 0, -128, INT64_MIN, 7));
  EXPECT_EQ(Message(dict->Integers("other").status()),
            "f: key 'other' is missing");
  EXPECT_EQ(Message(dict->Array("key").status()),
            "f: key 'key': expected an array, found a list");
}

TEST(PickleTest, ReadsArrays) {
  const absl::StatusOr<PickledDict> dict =
      PickledDict::Parse("f", Dict(Array("K\2K\3\x86", DType(), "C\6abcdef")));
  ASSERT_TRUE(dict.ok()) << dict.status();
  const auto array = dict->Array("key");
  ASSERT_TRUE(array.ok()) << array.status();
  EXPECT_EQ(array->dtype, "u1");
  EXPECT_THAT(array->shape, ElementsAre(2, 3));
  EXPECT_EQ(array->data, "abcdef");
  EXPECT_EQ(Message(dict->Integers("key").status()),
            "f: key 'key': expected integers of one dimension, found u1 of 2");
}

TEST(PickleTest, MemoryIsByNumber) {
  // The list under memo 0, taken again under another key.
  const absl::StatusOr<PickledDict> dict =
      PickledDict::Parse("f", Bytes("\x80\x04}(") + Text("a") + Bytes("]\x94") +
                                  "K\5a" + Text("b") + Bytes("h\0u."));
  ASSERT_TRUE(dict.ok()) << dict.status();
  EXPECT_THAT(dict->Integers("b").value(), ElementsAre(5));
  EXPECT_THAT(Error(Bytes("\x80\x04h\0.")),
              HasSubstr("BINGET: nothing was put at memo index 0"));
  EXPECT_THAT(Error(Bytes("\x80\x04}r\xff\xff\xff\x7f.")),
              HasSubstr("LONG_BINPUT: expected a memo index of at most 3, "
                        "found 2147483647"));
  // A list that holds itself is no number, and no danger.
  const absl::StatusOr<PickledDict> self = PickledDict::Parse(
      "f", Bytes("\x80\x04}") + Text("a") + Bytes("]\x94h\0as."));
  ASSERT_TRUE(self.ok()) << self.status();
  EXPECT_EQ(Message(self->Integers("a").status()),
            "f: key 'a': item 0: expected an integer, found a list");
}

TEST(PickleTest, RefusesClassesByName) {
  // os.system("...") by GLOBAL and by STACK_GLOBAL.
  EXPECT_EQ(Error(Bytes("\x80\2cos\nsystem\nX\4\0\0\0true\x85R.")),
            "f: pickle offset 2: GLOBAL: class os.system is not allowed: "
            "expected numpy arrays and plain values");
  EXPECT_EQ(Error(Bytes("\x80\4") + Text("posix") + Text("system") + "\x93" +
                  Text("true") + "\x85R."),
            "f: pickle offset 17: STACK_GLOBAL: class posix.system is not "
            "allowed: expected numpy arrays and plain values");
  EXPECT_THAT(Error(Bytes("\x80\2c__builtin__\neval\n.")),
              HasSubstr("class __builtin__.eval is not allowed"));
  EXPECT_THAT(Error(Bytes("\x80\2cnumpy\nload\n.")),
              HasSubstr("class numpy.load is not allowed"));
  EXPECT_THAT(Error(Bytes("\x80\2cnumpy.core.multiarray\narray\n.")),
              HasSubstr("class numpy.core.multiarray.array is not allowed"));
  // Allowed names do nothing but what they are for.
  EXPECT_THAT(Error(Bytes("\x80\2cnumpy\nndarray\n)R.")),
              HasSubstr("REDUCE: numpy.ndarray: expected not to be called"));
  EXPECT_THAT(
      Error(Bytes("\x80\2c_codecs\nencode\nX\1\0\0\0aX\4\0\0\0utf8\x86R.")),
      HasSubstr("_codecs.encode: expected a string and \"latin1\""));
  EXPECT_THAT(Error(Bytes("\x80\2X\1\0\0\0a)R.")),
              HasSubstr("REDUCE: expected a class, found a string"));
}

TEST(PickleTest, RefusesOpcodesByName) {
  const struct {
    const char* opcode;
    const char* name;
  } kForbidden[] = {
      {"i", "INST"},
      {"o", "OBJ"},
      {"P", "PERSID"},
      {"Q", "BINPERSID"},
      {"\x81", "NEWOBJ"},
      {"\x82", "EXT1"},
      {"\x83", "EXT2"},
      {"\x84", "EXT4"},
      {"\x8f", "EMPTY_SET"},
      {"\x91", "FROZENSET"},
      {"\x92", "NEWOBJ_EX"},
      {"\x97", "NEXT_BUFFER"},
      {"\x98", "READONLY_BUFFER"},
      {"0", "POP"},
      {"1", "POP_MARK"},
      {"2", "DUP"},
      {"\x90", "ADDITEMS"},
      {"\xff", "byte 0xff"},
  };
  for (const auto& forbidden : kForbidden) {
    EXPECT_EQ(Error(Bytes("\x80\4N") + forbidden.opcode + "xxxxxxxx."),
              std::string("f: pickle offset 3: ") + forbidden.name +
                  ": this opcode is not allowed");
  }
}

TEST(PickleTest, RefusesOtherBeginningsAndEnds) {
  EXPECT_EQ(Error("]."),
            "f: expected a pickle of a dict, which starts with byte 0x80, "
            "\"(\" or \"}\", found 0x5d");
  EXPECT_EQ(Error("<!DOCTYPE html>"),
            "f: expected a pickle of a dict, which starts with byte 0x80, "
            "\"(\" or \"}\", found 0x3c");
  EXPECT_EQ(Error(Bytes("\x80\6}.")),
            "f: pickle offset 0: PROTO: expected protocol 0 to 5, found 6");
  EXPECT_EQ(Error(Bytes("\x80\2\x80\2}.")),
            "f: pickle offset 2: PROTO: expected at the start of the file "
            "only");
  EXPECT_EQ(Error(Bytes("\x80\2}.x")),
            "f: pickle offset 3: STOP: expected the end of the file, found 1 "
            "more bytes");
  EXPECT_EQ(Error(Bytes("\x80\2].")),
            "f: pickle offset 3: STOP: expected a dict, found a list");
  EXPECT_EQ(Error(Bytes("\x80\2}}.")),
            "f: pickle offset 4: STOP: expected one value, found 1 more on "
            "the stack");
  EXPECT_THAT(Error(Bytes("\x80\2.")),
              HasSubstr("STOP: expected a value on the stack, found none"));
  EXPECT_THAT(Error(Bytes("\x80\2}]K\1s.")),
              HasSubstr("SETITEM: expected a key that can be hashed, found a "
                        "list"));
  EXPECT_THAT(Error(Bytes("\x80\2}(K\1u.")),
              HasSubstr("SETITEMS: expected keys with values, found 1 items"));
  EXPECT_THAT(Error(Bytes("\x80\2}e.")),
              HasSubstr("APPENDS: expected a mark on the stack, found none"));
  EXPECT_THAT(Error(Bytes("\x80\2}(e.")),
              HasSubstr("APPENDS: expected a list, found a dict"));
  EXPECT_THAT(Error(Bytes("\x80\2](a.")),
              HasSubstr("APPEND: expected a value on the stack, found none"));
  const absl::StatusOr<PickledDict> twice = PickledDict::Parse(
      "f", Bytes("\x80\4}") + Text("a") + "]s" + Text("a") + "]s.");
  ASSERT_TRUE(twice.ok()) << twice.status();
  EXPECT_EQ(Message(twice->Integers("a").status()), "f: key 'a' appears twice");
}

// Lines of protocol 0 that are none.
TEST(PickleTest, RefusesBadLines) {
  for (const char* line :
       {"Ix\n", "I9223372036854775808\n", "LL\n", "L\n", "Fx\n", "Sa\n",
        "S'a\n", "S'\n", "S'\\x1'\n", "S'\\'\n", "S'\\q'\n", "pa\n", "g-1\n"}) {
    EXPECT_THAT(Error(std::string("(dN") + line + "."), HasSubstr("expected a"))
        << line;
  }
  EXPECT_THAT(Error("(dg0\n."), HasSubstr("GET: nothing was put at memo"));
  EXPECT_THAT(Error("(dp7\n."), HasSubstr("PUT: expected a memo index of at"));
  EXPECT_THAT(Error("(dS'a"), HasSubstr("STRING: expected a line, found the "
                                        "end of the file: truncated"));
}

TEST(PickleTest, SizesThatLieTakeNoMemory) {
  const struct {
    std::string bytes;
    const char* message;
  } kLies[] = {
      {Bytes("\x80\4B\xff\xff\xff\xff."),
       "BINBYTES: expected 4294967295 more bytes, found 1: truncated"},
      {Bytes("\x80\4\x8e\xff\xff\xff\xff\xff\xff\xff\xff."),
       "BINBYTES8: expected 18446744073709551615 more bytes, found 1"},
      {Bytes("\x80\5\x96\0\0\0\0\0\0\0\x80."),
       "BYTEARRAY8: expected 9223372036854775808 more bytes, found 1"},
      {Bytes("\x80\4X\0\0\0\x80."),
       "BINUNICODE: expected 2147483648 more bytes, found 1"},
      {Bytes("\x80\4\x95\xff\xff\xff\xff\0\0\0\0}."),
       "FRAME: expected 4294967295 more bytes, found 2: truncated"},
      {Bytes("\x80\4\x8a\xffxxxx."),
       "LONG1: expected an integer of at most 8 bytes, found 255"},
  };
  for (const auto& lie : kLies) {
    EXPECT_THAT(Error(lie.bytes), HasSubstr(lie.message));
  }
  // Shapes beyond the data, by product and by overflow.
  EXPECT_THAT(Error(Dict(Array("K\2K\4\x86", DType(), "C\6abcdef"))),
              HasSubstr("BUILD: array: expected 8 bytes for shape [2, 4] of "
                        "u1, found 6"));
  const std::string huge = Bytes("\x8a\x08\0\0\0\0\0\0\0\x40");  // 2^62
  EXPECT_THAT(Error(Dict(Array(huge + huge + "\x86", DType(), "C\1a"))),
              HasSubstr("array: expected sizes that fit into the file"));
  EXPECT_THAT(
      Error(Dict(Array(Bytes("J\xff\xff\xff\xff\x85"), DType(), "C\1a"))),
      HasSubstr("array: expected sizes that fit into the file, found "
                "-1"));
  EXPECT_THAT(
      Error(Dict(Array("(K\1K\1K\1K\1K\1K\1K\1K\1K\1t", DType(), "C\1a"))),
      HasSubstr("array: expected at most 8 dimensions, found 9"));
}

TEST(PickleTest, ArraysAreStrict) {
  EXPECT_THAT(Error(Dict(Array("K\1\x85", "N", "C\1a"))),
              HasSubstr("expected a dtype, found None"));
  EXPECT_THAT(Error(Dict(Array("K\1\x85", DType(), Text("a")))),
              HasSubstr("expected bytes as data, found a string"));
  std::string big_endian = DType();
  big_endian[big_endian.find('|')] = '=';
  EXPECT_THAT(
      Error(Dict(Array("K\1\x85", big_endian, "C\1a"))),
      HasSubstr("byte order: expected \"<\", \">\" or \"|\", found \"=\""));
  EXPECT_THAT(Error(Dict(Bytes("cnumpy\ndtype\n") + Text("O8") + "\x85R")),
              AllOf(HasSubstr("REDUCE: dtype: expected one of b1, u1"),
                    HasSubstr("found \"O8\"")));
  EXPECT_THAT(Error(Bytes("\x80\2cnumpy.core.multiarray\n_reconstruct\n"
                          "cnumpy\nndarray\nK\0\x85"
                          "C\1/\x87R.")),
              HasSubstr("_reconstruct: expected numpy.ndarray, a shape and"));
  const std::string whole = Array("K\1\x85", DType(), "C\1a");
  EXPECT_THAT(Error(Dict(whole + "(K\1K\1\x85" + DType() + "\x89" + "C\1atb")),
              HasSubstr("array: its state was given before"));
  const absl::StatusOr<PickledDict> empty =
      PickledDict::Parse("f", Dict(whole.substr(0, whole.find("(K\1"))));
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(Message(empty->Array("key").status()),
            "f: key 'key': expected an array, found one without state");
}

TEST(PickleTest, MemoryIsBounded) {
  // More opcodes than any batch has.
  EXPECT_THAT(Error(Bytes("\x80\4") + std::string((1 << 20) + 1, ']')),
              HasSubstr("EMPTY_LIST: expected at most 1048576 opcodes"));
  // One string as bytes again and again.
  std::string bytes = Bytes("\x80\2X\x64\0\0\0") + std::string(100, 'a') +
                      Bytes("q\0c_codecs\nencode\nq\1X\6\0\0\0latin1q\2");
  for (int i = 0; i < 10; ++i) bytes += Bytes("h\1h\0h\2\x86R");
  EXPECT_THAT(Error(bytes + "."),
              HasSubstr("_codecs.encode: expected no more bytes than the file "
                        "has"));
  EXPECT_THAT(Error(Bytes("\x80\2c_codecs\nencode\nX\3\0\0\0\xe2\x82\xac"
                          "X\6\0\0\0latin1\x86R.")),
              HasSubstr("expected characters up to 255, found another at "
                        "byte 0"));
}

// training/dataset/testdata/make_variants.py: what Python's pickle and numpy
// write.
TEST(PickleTest, ReadsWhatPythonWrites) {
  const auto variants = nlohmann::json::parse(
      ReadFile("training/dataset/testdata/pickle_variants.json").value());
  ASSERT_GT(variants.size(), 50);
  for (const auto& variant : variants) {
    SCOPED_TRACE(variant["name"].get<std::string>());
    std::string bytes;
    ASSERT_TRUE(
        absl::Base64Unescape(variant["file"].get<std::string>(), &bytes));
    const absl::StatusOr<PickledDict> dict = PickledDict::Parse("f", bytes);
    if (variant.contains("error")) {
      EXPECT_THAT(Message(dict.status()),
                  HasSubstr(variant["error"].get<std::string>()));
      continue;
    }
    ASSERT_TRUE(dict.ok()) << dict.status();
    const auto labels = dict->Integers("labels");
    ASSERT_TRUE(labels.ok()) << labels.status();
    EXPECT_EQ(*labels, variant["labels"].get<std::vector<int64_t>>());
    const auto data = dict->Array("data");
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_EQ(data->shape, variant["shape"].get<std::vector<int64_t>>());
    EXPECT_EQ(data->fortran_order, variant["fortran"].get<bool>());
    EXPECT_EQ(absl::BytesToHexString(data->data),
              variant["data"].get<std::string>());
    for (size_t length = 0; length < bytes.size(); ++length) {
      const absl::Status status = Status(bytes.substr(0, length));
      EXPECT_FALSE(status.ok()) << length;
    }
    EXPECT_FALSE(Status(bytes + "x").ok());
  }
}

}  // namespace
}  // namespace robbench
