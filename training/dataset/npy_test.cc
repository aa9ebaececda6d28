// .npy files as numpy wrote them (testdata/make_npy_golden.py), every damage,
// and CIFAR-10-C by generated files.
#include "training/dataset/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nas/base/file.h"
#include "training/dataset/cifar10c.h"
#include "training/dataset/dataset.h"

namespace robbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Golden(const std::string& name) {
  const auto bytes = ReadFile("training/dataset/testdata/npy_" + name + ".npy");
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.value_or("");
}

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

std::string Error(const std::string& bytes) {
  return Message(ParseNpy("f", bytes).status());
}

// Version 1 with this header.
std::string Npy(const std::string& header, const std::string& data) {
  return std::string("\x93NUMPY\x01\x00", 8) +
         static_cast<char>(header.size()) + '\0' + header + data;
}

std::string Bytes(const std::string& shape, const std::string& data) {
  return Npy(
      "{'descr': '|u1', 'fortran_order': False, 'shape': (" + shape + "), }\n",
      data);
}

TEST(NpyTest, ReadsWhatNumpyWrote) {
  for (const char* version : {"v1", "v2"}) {
    const std::string bytes = Golden(version);
    const absl::StatusOr<NpyArray> array = ParseNpy("f", bytes);
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_THAT(array->shape, ElementsAre(2, 3, 4));
    ASSERT_EQ(array->bytes.size(), 24);
    for (int i = 0; i < 24; ++i) {
      EXPECT_EQ(static_cast<uint8_t>(array->bytes[i]), 11 * i % 256);
    }
  }
  const std::string bytes = Golden("scalar");
  const absl::StatusOr<NpyArray> scalar = ParseNpy("f", bytes);
  ASSERT_TRUE(scalar.ok()) << scalar.status();
  EXPECT_THAT(scalar->shape, IsEmpty());
  EXPECT_EQ(scalar->bytes, "\7");
}

TEST(NpyTest, RefusesEveryTruncation) {
  for (const char* version : {"v1", "v2"}) {
    const std::string whole = Golden(version);
    for (size_t length = 0; length < whole.size(); ++length) {
      const absl::Status status =
          ParseNpy("f", whole.substr(0, length)).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
      EXPECT_THAT(Message(status), HasSubstr("truncated"));
    }
    EXPECT_EQ(Error(whole + "x"),
              "f: npy data: expected 24 bytes, found 25: too long");
  }
}

TEST(NpyTest, NamesWhatIsWrong) {
  EXPECT_THAT(Error(Golden("fortran")),
              HasSubstr("f: npy header: fortran_order: expected False, found "
                        "\"{'descr': '|u1', 'fortran_order': True"));
  EXPECT_THAT(Error(Golden("int64")),
              HasSubstr("descr: expected '|u1' (unsigned bytes), found "
                        "\"{'descr': '<i8'"));
  EXPECT_THAT(Error("\x80\x04....."), HasSubstr("npy magic: expected 8 bytes"));
  EXPECT_THAT(Error("PK\x03\x04xxxxxxxx"),
              HasSubstr("f: npy magic: expected \"\\x93NUMPY\", found \"PK"));
  EXPECT_EQ(Error(std::string("\x93NUMPY\x03\x00xxxx", 12)),
            "f: npy version: expected 1.0 or 2.0, found 3.0");
  const std::string u1 = "{'descr': '|u1', ";
  for (const std::string& header :
       {std::string(""), std::string("{}"), u1, u1 + "}",
        u1 + "'fortran_order': False}",
        u1 + "'descr': '|u1', 'fortran_order': False, 'shape': ()}",
        u1 + "'fortran_order': 0, 'shape': ()}",
        u1 + "'fortran_order': False, 'shape': (-1,)}",
        u1 + "'fortran_order': False, 'shape': (1 2)}",
        u1 + "'fortran_order': False, 'shape': (99999999999999999999,)}",
        u1 + "'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}",
        u1 + "'fortran_order': False, 'shape': ()} x",
        u1 + "'fortran_order': False, 'shape': (), 'more': 1}",
        std::string("{'descr: ")}) {
    EXPECT_THAT(Error(Npy(header, "a")), HasSubstr("f: npy header: "))
        << header;
  }
}

TEST(NpyTest, SizesThatLieTakeNoMemory) {
  EXPECT_EQ(Error(Bytes("1000000000000,", "abc")),
            "f: npy data: expected 1000000000000 bytes, found 3: truncated");
  EXPECT_THAT(Error(Bytes("4294967296, 4294967296", "abc")),
              HasSubstr("npy shape: expected one that fits into the file"));
  EXPECT_THAT(Error(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff{}", 14)),
              HasSubstr("npy header: expected 4294967295 bytes, found 2"));
}

// 2 images a severity: image i is all i but for its channels' first pixels.
std::string Images() {
  std::string data;
  for (int i = 0; i < 10; ++i) {
    std::string image(32 * 32 * 3, static_cast<char>(i));
    image[0] = 'r';
    image[1] = 'g';
    image[2] = 'b';
    data += image;
  }
  return Bytes("10, 32, 32, 3", data);
}

const char kLabels[] = "\0\1\2\3\4\5\6\7\10\11";

TEST(Cifar10cTest, TakesTheImagesOfASeverity) {
  const std::string labels = Bytes("10,", std::string(kLabels, 10));
  for (int severity = 1; severity <= 5; ++severity) {
    const absl::StatusOr<ImageSplit> split =
        ParseCifar10c("i", Images(), "l", labels, severity);
    ASSERT_TRUE(split.ok()) << split.status();
    const int first = 2 * (severity - 1);
    EXPECT_THAT(split->labels, ElementsAre(first, first + 1));
    std::string expected;
    for (int i = first; i < first + 2; ++i) {
      for (const char c : {'r', 'g', 'b'}) {
        expected += c + std::string(1023, static_cast<char>(i));
      }
    }
    EXPECT_EQ(split->pixels, expected);
  }
}

TEST(Cifar10cTest, NamesWhatIsWrong) {
  const auto error = [](const std::string& images, const std::string& labels) {
    return Message(ParseCifar10c("i", images, "l", labels, 1).status());
  };
  const std::string labels = Bytes("10,", std::string(kLabels, 10));
  EXPECT_EQ(error(Bytes("4, 32, 32, 3", std::string(4 * 3072, 'a')), labels),
            "i: shape: expected [5 N, 32, 32, 3], found [4, 32, 32, 3]");
  EXPECT_EQ(error(Bytes("5, 3, 32, 32", std::string(5 * 3072, 'a')), labels),
            "i: shape: expected [5 N, 32, 32, 3], found [5, 3, 32, 32]");
  EXPECT_EQ(error(Images(), Bytes("9,", std::string(9, '\0'))),
            "l: shape: expected [10], one an image of i, found [9]");
  EXPECT_EQ(error(Images(), Bytes("10,", std::string(10, '\12'))),
            "l: label 0: expected 0 to 9, found 10");
  EXPECT_THAT(error(labels, labels), HasSubstr("i: shape: expected"));
}

}  // namespace
}  // namespace robbench
