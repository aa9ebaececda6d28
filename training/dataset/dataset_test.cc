// Tests readers of published formats and the data set's own file by hand-made
// files, and by every kind of damage.
#include "training/dataset/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nas/base/file.h"
#include "nas/base/safetensors.h"
#include "training/dataset/gzip.h"
#include "training/dataset/idx.h"
#include "training/dataset/preprocess.h"
#include "training/dataset_spec.pb.h"

namespace robbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string Idx(std::vector<uint32_t> shape, const std::string& data,
                uint8_t type = 8) {
  std::string bytes = {'\0', '\0', static_cast<char>(type),
                       static_cast<char>(shape.size())};
  for (uint32_t size : shape) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<char>(size >> shift & 255));
    }
  }
  return bytes + data;
}

std::string Gzip(const std::string& data) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(data.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = data.size();
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = out.size();
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

std::string Pixels(int count) {
  std::string pixels;
  for (int i = 0; i < count; ++i) pixels.push_back(static_cast<char>(7 * i));
  return pixels;
}

TEST(IdxTest, ReadsAnArray) {
  const absl::StatusOr<IdxArray> array =
      ParseIdx("f", Idx({2, 2, 3}, "abcdefghijkl"), 3);
  ASSERT_TRUE(array.ok()) << array.status();
  EXPECT_THAT(array->shape, ElementsAre(2, 2, 3));
  EXPECT_EQ(array->bytes, "abcdefghijkl");
}

TEST(IdxTest, RefusesEveryTruncation) {
  const std::string whole = Idx({2, 2, 3}, "abcdefghijkl");
  for (size_t length = 0; length < whole.size(); ++length) {
    const absl::Status status =
        ParseIdx("f", whole.substr(0, length), 3).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << length;
    EXPECT_THAT(Message(status),
                AllOf(HasSubstr("f: IDX "), HasSubstr("truncated")));
  }
}

TEST(IdxTest, NamesWhatIsWrong) {
  EXPECT_EQ(Message(ParseIdx("f", Idx({2, 2}, "abcde"), 2).status()),
            "f: IDX data: expected 4 bytes, found 5: too long");
  EXPECT_EQ(Message(ParseIdx("f", Idx({4}, "abcd"), 3).status()),
            "f: IDX magic: expected 0x00000803 (bytes, 3 dimensions), found "
            "0x00000801");
  EXPECT_THAT(Message(ParseIdx("f", Idx({4}, "abcd", 13), 1).status()),
              HasSubstr("found 0x00000d01"));
  EXPECT_EQ(Message(ParseIdx("f", Idx({2, 0}, ""), 2).status()),
            "f: IDX dimension 1: expected at least 1, found 0");
  // A lie about the size allocates nothing.
  EXPECT_THAT(
      Message(ParseIdx("f", Idx({0xffffffff, 0xffffffff}, "a"), 2).status()),
      HasSubstr("f: IDX dimension 0: found 4294967295, which makes more"));
  EXPECT_THAT(Message(ReadIdx("/nonexistent/file", 1).status()),
              HasSubstr("/nonexistent/file"));
}

TEST(GzipTest, RoundTripAndDamage) {
  std::string data;
  for (int i = 0; i < 3'000'000; ++i) {
    data.push_back(static_cast<char>(i * i >> 7));
  }
  const std::string packed = Gzip(data);
  ASSERT_TRUE(IsGzip(packed));
  const absl::StatusOr<std::string> unpacked = Gunzip("f", packed, data.size());
  ASSERT_TRUE(unpacked.ok()) << unpacked.status();
  EXPECT_TRUE(*unpacked == data);

  EXPECT_EQ(Gunzip("f", packed, data.size() - 1).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Message(Gunzip("f", packed + "x", data.size()).status()),
              HasSubstr("expected the end of the file, found 1 more bytes"));
  const std::string small = Gzip("hello hello hello");
  for (size_t length = 0; length < small.size(); ++length) {
    EXPECT_EQ(Gunzip("f", small.substr(0, length), 100).status().code(),
              absl::StatusCode::kDataLoss)
        << length;
  }
  std::string damaged = small;
  damaged[damaged.size() / 2] ^= 0x40;
  EXPECT_FALSE(Gunzip("f", damaged, 100).ok());
}

TEST(PreprocessTest, PadsAndAverages) {
  // 2x2 padded by 1 is 4x4; blocks of 2x2 hold one pixel each.
  std::string out;
  const char image[] = {static_cast<char>(200), 100, 3, static_cast<char>(254)};
  PadAndDownsample(image, 2, 1, 2, out);
  // 200/4, 100/4, 3/4 = 0.75 rounds to 1, 254/4 = 63.5 rounds up.
  EXPECT_THAT(std::vector<int>(out.begin(), out.end()),
              ElementsAre(50, 25, 1, 64));
  out.clear();
  PadAndDownsample(image, 2, 0, 1, out);
  EXPECT_EQ(out, std::string(image, 4));
}

class PreprocessFilesTest : public testing::Test {
 protected:
  PreprocessFilesTest() {
    spec_.set_name("tiny");
    spec_.set_format(DatasetSpec::IDX);
    spec_.set_classes(3);
    spec_.set_train_images(2);
    spec_.set_test_images(0);
    spec_.set_pad(1);
    spec_.set_downsample(2);
    spec_.add_mean(100);
    spec_.add_standard_deviation(50);
    files_ = {Write("a", Idx({3, 2, 2}, Pixels(12))),
              Write("b", Idx({3}, std::string("\0\2\1", 3))),
              Write("c", Gzip(Idx({1, 2, 2}, Pixels(4)))),
              Write("d", Idx({1}, "\2"))};
  }

  static std::string Write(const std::string& name, const std::string& bytes) {
    const std::string path = testing::TempDir() + "/" + name;
    EXPECT_TRUE(WriteFile(path, bytes).ok());
    return path;
  }

  std::string Error() const {
    return Message(Preprocess("spec", spec_, files_).status());
  }

  DatasetSpec spec_;
  std::vector<std::string> files_;
};

TEST_F(PreprocessFilesTest, TakesTheFirstImages) {
  const absl::StatusOr<Dataset> dataset = Preprocess("spec", spec_, files_);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->image_size, 2);
  EXPECT_EQ(dataset->channels, 1);
  EXPECT_THAT(dataset->train.labels, ElementsAre(0, 2));
  EXPECT_THAT(dataset->test.labels, ElementsAre(2));
  // Image 1 holds 28, 35, 42, 49: a quarter of each, half up.
  EXPECT_EQ(dataset->train.pixels.substr(4), "\x07\x09\x0b\x0c");
  const PixelStatistics statistics =
      ComputePixelStatistics(*dataset, dataset->test);
  // 0, 7, 14, 21 become 0, 2, 4, 5: mean 2.75, variance 3.6875.
  EXPECT_DOUBLE_EQ(statistics.mean[0], 2.75);
  EXPECT_DOUBLE_EQ(
      statistics.standard_deviation[0] * statistics.standard_deviation[0],
      3.6875);
}

TEST_F(PreprocessFilesTest, RoundTripsThroughItsFile) {
  Dataset dataset = Preprocess("spec", spec_, files_).value();
  dataset.mean[0] = 0.1 + 0.2;  // needs 17 digits
  const std::string bytes = SerializeDataset(dataset);
  const absl::StatusOr<Dataset> again =
      ParseDataset(SafetensorsFile::Parse("f", bytes).value());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->name, "tiny");
  EXPECT_EQ(again->classes, 3);
  EXPECT_EQ(again->mean[0], 0.1 + 0.2);
  EXPECT_EQ(again->train.pixels, dataset.train.pixels);
  EXPECT_EQ(again->test.labels, dataset.test.labels);
  EXPECT_EQ(SerializeDataset(*again), bytes);
}

TEST_F(PreprocessFilesTest, NamesFileAndField) {
  spec_.set_classes(2);
  EXPECT_EQ(Error(), files_[1] + ": label 1: expected 0 to 1, found 2");
  spec_.set_classes(3);
  spec_.set_train_images(4);
  EXPECT_EQ(
      Error(),
      "spec: field train_images: expected at most the 3 images of the files, "
      "found 4");
  spec_.set_train_images(2);
  spec_.set_downsample(3);
  EXPECT_EQ(
      Error(),
      "spec: field downsample: expected a divisor of the padded size 4, found "
      "3");
  spec_.set_downsample(2);
  spec_.add_mean(1);
  EXPECT_THAT(Error(), HasSubstr("spec: field mean: expected 1 numbers"));
  spec_.mutable_mean()->RemoveLast();
  spec_.set_standard_deviation(0, 0);
  EXPECT_THAT(Error(),
              HasSubstr("spec: field standard_deviation: expected more"));
  spec_.set_standard_deviation(0, 50);
  std::swap(files_[0], files_[1]);
  EXPECT_THAT(Error(), HasSubstr(files_[0] + ": IDX magic: expected"));
  std::swap(files_[0], files_[1]);
  files_[3] = Write("e", Idx({2}, "\1\1"));
  EXPECT_THAT(Error(), HasSubstr(files_[3] + ": labels: expected 1"));
  files_.pop_back();
  EXPECT_THAT(Error(), HasSubstr("expected 4 input files"));
}

TEST_F(PreprocessFilesTest, RefusesForeignDatasets) {
  const Dataset good = Preprocess("spec", spec_, files_).value();
  const auto error = [](const Dataset& dataset) {
    return Message(
        ParseDataset(
            SafetensorsFile::Parse("f", SerializeDataset(dataset)).value())
            .status());
  };
  Dataset bad = good;
  bad.train.labels[1] = 3;
  EXPECT_EQ(error(bad), "f: field train_labels[1]: expected 0 to 2, found 3");
  bad = good;
  bad.classes = 1;
  EXPECT_THAT(error(bad), HasSubstr("f: field classes: expected 2"));
  bad = good;
  bad.mean = {300};
  EXPECT_THAT(error(bad),
              HasSubstr("f: field mean: expected 0 to 255, found 300"));
}

}  // namespace
}  // namespace robbench
