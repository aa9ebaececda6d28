// Tests .npy files as numpy wrote them (testdata/make_npy_golden.py), every
// kind of damage, and CIFAR-10-C by generated files.
#include "training/dataset/npy.h"

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
    ASSERT_EQ(array->count(), 24);
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

// All elements in C order.
std::vector<int64_t> Values(const NpyArray& array) {
  std::vector<int64_t> values;
  std::vector<int64_t> index(array.shape.size());
  for (int64_t n = 0; n < array.count(); ++n) {
    int64_t place = 0;
    for (size_t d = 0; d < index.size(); ++d) {
      place += index[d] * array.strides[d];
    }
    values.push_back(array.At(place));
    for (size_t d = index.size(); d-- > 0 && ++index[d] == array.shape[d];) {
      index[d] = 0;
    }
  }
  return values;
}

// testdata/make_variants.py: dtypes, orders, versions, shapes, headers.
TEST(NpyTest, ReadsWhatNumpyReads) {
  const auto variants = nlohmann::json::parse(
      ReadFile("training/dataset/testdata/npy_variants.json").value());
  ASSERT_GT(variants.size(), 50);
  for (const auto& variant : variants) {
    SCOPED_TRACE(variant["name"].get<std::string>());
    std::string bytes;
    ASSERT_TRUE(
        absl::Base64Unescape(variant["file"].get<std::string>(), &bytes));
    const absl::StatusOr<NpyArray> array = ParseNpy("f", bytes);
    if (variant.contains("error")) {
      EXPECT_THAT(Message(array.status()),
                  HasSubstr(variant["error"].get<std::string>()));
      continue;
    }
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_EQ(array->shape, variant["shape"].get<std::vector<int64_t>>());
    EXPECT_EQ(Values(*array), variant["values"].get<std::vector<int64_t>>());
    EXPECT_FALSE(ParseNpy("f", bytes + "x").ok());
    EXPECT_FALSE(ParseNpy("f", bytes.substr(0, bytes.size() - 1)).ok());
  }
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
  EXPECT_THAT(Error("\x80\x04....."), HasSubstr("npy magic: expected 8 bytes"));
  EXPECT_THAT(Error("PK\x03\x04xxxxxxxx"),
              HasSubstr("f: npy magic: expected \"\\x93NUMPY\", found \"PK"));
  EXPECT_EQ(Error(std::string("\x93NUMPY\x04\x00xxxx", 12)),
            "f: npy version: expected 1.0, 2.0 or 3.0, found 4.0");
  for (const char* descr :
       {"<f8", "|u2", "|b2", "<i3", "u1", "|i", "|u11", ""}) {
    EXPECT_THAT(Error(Npy(std::string("{'descr': '") + descr +
                              "', 'fortran_order': False, 'shape': ()}",
                          "a")),
                HasSubstr("descr: expected integers of 1, 2, 4 or 8 bytes"))
        << descr;
  }
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

const char kLabels[] = "\3\7\3\7\3\7\3\7\3\7";

std::string Expected(int severity) {
  std::string expected;
  for (int i = 2 * (severity - 1); i < 2 * severity; ++i) {
    for (const char c : {'r', 'g', 'b'}) {
      expected += c + std::string(1023, static_cast<char>(i));
    }
  }
  return expected;
}

TEST(Cifar10cTest, TakesTheImagesOfASeverity) {
  const std::string labels = Bytes("10,", std::string(kLabels, 10));
  for (int severity = 1; severity <= 5; ++severity) {
    const absl::StatusOr<ImageSplit> split =
        ParseCifar10c("i", Images(), "l", labels, {3, 7}, severity);
    ASSERT_TRUE(split.ok()) << split.status();
    EXPECT_THAT(split->labels, ElementsAre(3, 7));
    EXPECT_EQ(split->pixels, Expected(severity));
  }
}

// As numpy writes arrays of other types and in Fortran order.
TEST(Cifar10cTest, TakesOtherIntegersAndOrders) {
  std::string labels;
  for (int i = 0; i < 10; ++i) labels += std::string(7, '\0') + kLabels[i];
  labels = Npy("{'descr': '>i8', 'fortran_order': False, 'shape': (10,), }\n",
               labels);
  const std::string images = Images();
  const std::string pixels = images.substr(images.size() - 10 * 3072);
  std::string data;
  for (int channel = 0; channel < 3; ++channel) {
    for (int column = 0; column < 32; ++column) {
      for (int row = 0; row < 32; ++row) {
        for (int i = 0; i < 10; ++i) {
          data += pixels[((i * 32 + row) * 32 + column) * 3 + channel];
        }
      }
    }
  }
  const auto split = ParseCifar10c(
      "i",
      Npy("{'descr': '|u1', 'fortran_order': True, 'shape': (10, 32, 32, 3)}",
          data),
      "l", labels, {3, 7}, 4);
  ASSERT_TRUE(split.ok()) << split.status();
  EXPECT_EQ(split->pixels, Expected(4));
}

TEST(Cifar10cTest, NamesWhatIsWrong) {
  const auto error = [](const std::string& images, const std::string& labels) {
    return Message(ParseCifar10c("i", images, "l", labels, {3, 7}, 1).status());
  };
  const std::string labels = Bytes("10,", std::string(kLabels, 10));
  // The images of one severity only, and five times as many.
  EXPECT_EQ(error(Bytes("2, 32, 32, 3", std::string(2 * 3072, 'a')),
                  Bytes("2,", "\3\7")),
            "i: shape: expected [10, 32, 32, 3], 5 severities of the data "
            "set's 2 test images, found [2, 32, 32, 3]");
  EXPECT_THAT(
      error(Bytes("50, 32, 32, 3", std::string(50 * 3072, 'a')), labels),
      HasSubstr("found [50, 32, 32, 3]"));
  EXPECT_THAT(
      error(Bytes("10, 3, 32, 32", std::string(10 * 3072, 'a')), labels),
      HasSubstr("found [10, 3, 32, 32]"));
  EXPECT_EQ(error(Images(), Bytes("9,", std::string(9, '\0'))),
            "l: shape: expected [10], one an image of i, found [9]");
  EXPECT_EQ(
      error(Images(), Bytes("10,", std::string(10, '\3'))),
      "l: label 1: expected 7, that of the data set's test image 1, found "
      "3");
  EXPECT_EQ(
      error(Npy("{'descr': '|i1', 'fortran_order': False, 'shape': (10, 32, "
                "32, 3)}",
                std::string(10 * 3072, '\xff')),
            labels),
      "i: image 0: expected pixels 0 to 255, found -1");
  EXPECT_THAT(error(labels, labels), HasSubstr("i: shape: expected"));
}

}  // namespace
}  // namespace robbench
