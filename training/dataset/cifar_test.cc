// Tests the binary files of CIFAR-10 and CIFAR-100: values of generated files,
// preprocessing by the repository's own specs, and every kind of damage.
#include "training/dataset/cifar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nas/base/file.h"
#include "nas/base/text_proto.h"
#include "training/dataset/dataset.h"
#include "training/dataset/preprocess.h"
#include "training/dataset_spec.pb.h"

namespace robbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// 3,072 bytes that no other record and no other position within 251 has.
std::string Pixels(int record) {
  std::string pixels;
  for (int i = 0; i < 3072; ++i) {
    pixels.push_back(static_cast<char>((i + 17 * record) % 251));
  }
  return pixels;
}

std::string Record10(int label, int record) {
  return std::string(1, static_cast<char>(label)) + Pixels(record);
}

std::string Record100(int coarse, int fine, int record) {
  return std::string(1, static_cast<char>(coarse)) + Record10(fine, record);
}

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

TEST(CifarTest, ReadsCifar10) {
  const absl::StatusOr<CifarRecords> records =
      ParseCifar("f", Record10(9, 0) + Record10(0, 1) + Record10(3, 2),
                 CifarKind::kCifar10);
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_THAT(records->images.labels, ElementsAre(9, 0, 3));
  EXPECT_EQ(records->images.pixels, Pixels(0) + Pixels(1) + Pixels(2));
  EXPECT_TRUE(records->coarse_labels.empty());
}

TEST(CifarTest, ReadsCifar100) {
  const absl::StatusOr<CifarRecords> records = ParseCifar(
      "f", Record100(19, 99, 0) + Record100(0, 7, 1), CifarKind::kCifar100);
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_THAT(records->images.labels, ElementsAre(99, 7));
  EXPECT_THAT(records->coarse_labels, ElementsAre(19, 0));
  EXPECT_EQ(records->images.pixels, Pixels(0) + Pixels(1));
}

TEST(CifarTest, RefusesEveryTruncation) {
  const std::string ten = Record10(1, 0) + Record10(2, 1);
  const std::string hundred = Record100(1, 2, 0) + Record100(3, 4, 1);
  for (size_t length = 0; length < hundred.size(); ++length) {
    if (length < ten.size() && length != ten.size() / 2) {
      EXPECT_EQ(ParseCifar("f", ten.substr(0, length), CifarKind::kCifar10)
                    .status()
                    .code(),
                absl::StatusCode::kDataLoss)
          << length;
    }
    if (length != hundred.size() / 2) {
      EXPECT_EQ(ParseCifar("f", hundred.substr(0, length), CifarKind::kCifar100)
                    .status()
                    .code(),
                absl::StatusCode::kDataLoss)
          << length;
    }
  }
}

TEST(CifarTest, NamesWhatIsWrong) {
  const auto error = [](const std::string& bytes, CifarKind kind) {
    return Message(ParseCifar("f", bytes, kind).status());
  };
  EXPECT_EQ(error(Record10(1, 0) + "xy", CifarKind::kCifar10),
            "f: expected whole records of 3073 bytes each, found 3075 bytes: "
            "1 records and 2 bytes");
  EXPECT_EQ(error(Record10(1, 0) + Record10(10, 1), CifarKind::kCifar10),
            "f: record 1: label: expected 0 to 9, found 10");
  EXPECT_EQ(error(Record100(20, 0, 0), CifarKind::kCifar100),
            "f: record 0: coarse label: expected 0 to 19, found 20");
  EXPECT_EQ(error(Record100(0, 255, 0), CifarKind::kCifar100),
            "f: record 0: fine label: expected 0 to 99, found 255");
  // One set's file is no file of the other: 3073 and 3074 are coprime.
  EXPECT_THAT(error(Record100(0, 0, 0), CifarKind::kCifar10),
              HasSubstr("expected whole records"));
  EXPECT_THAT(
      Message(ReadCifar("/nonexistent/file", CifarKind::kCifar10).status()),
      HasSubstr("/nonexistent/file"));
}

std::string Write(const std::string& name, const std::string& bytes) {
  const std::string path = testing::TempDir() + "/" + name;
  EXPECT_TRUE(WriteFile(path, bytes).ok());
  return path;
}

// Under another name: the published one is for the published files.
DatasetSpec Spec(const std::string& name) {
  const absl::StatusOr<TextProtoFile<DatasetSpec>> file =
      ReadTextProto<DatasetSpec>("training/specs/" + name + ".textproto");
  EXPECT_TRUE(file.ok()) << file.status();
  DatasetSpec spec = file.ok() ? file->message : DatasetSpec();
  spec.set_name("generated");
  return spec;
}

TEST(CifarPreprocessTest, TrainingBatchesThenTestBatch) {
  DatasetSpec spec = Spec("cifar10");
  const std::vector<std::string> files = {
      Write("data_batch_1.bin", Record10(5, 0) + Record10(1, 1)),
      Write("data_batch_2.bin", Record10(2, 2)),
      Write("test_batch.bin", Record10(8, 3) + Record10(4, 4))};
  const absl::StatusOr<Dataset> dataset = Preprocess("spec", spec, files);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->name, "generated");
  EXPECT_EQ(dataset->classes, 10);
  EXPECT_EQ(dataset->channels, 3);
  EXPECT_EQ(dataset->image_size, 32);
  EXPECT_THAT(dataset->mean, ElementsAre(125.3, 123.0, 113.9));
  EXPECT_THAT(dataset->standard_deviation, ElementsAre(63.0, 62.1, 66.7));
  EXPECT_THAT(dataset->train.labels, ElementsAre(5, 1, 2));
  EXPECT_EQ(dataset->train.pixels, Pixels(0) + Pixels(1) + Pixels(2));
  EXPECT_THAT(dataset->test.labels, ElementsAre(8, 4));
  EXPECT_EQ(dataset->test.pixels, Pixels(3) + Pixels(4));

  // The first images over the files' borders, each plane on its own.
  spec.set_train_images(3);
  spec.set_test_images(1);
  spec.set_downsample(2);
  const absl::StatusOr<Dataset> small = Preprocess("spec", spec, files);
  ASSERT_TRUE(small.ok()) << small.status();
  EXPECT_EQ(small->image_size, 16);
  EXPECT_EQ(small->train.count(), 3);
  EXPECT_EQ(small->test.count(), 1);
  std::string planes;
  for (int record = 0; record < 3; ++record) {
    for (int plane = 0; plane < 3; ++plane) {
      PadAndDownsample(Pixels(record).data() + 1024 * plane, 32, 0, 2, planes);
    }
  }
  EXPECT_EQ(small->train.pixels, planes);
}

TEST(CifarPreprocessTest, FineLabelsAreTheClasses) {
  const absl::StatusOr<Dataset> dataset =
      Preprocess("spec", Spec("cifar100"),
                 {Write("train.bin", Record100(3, 98, 0)),
                  Write("test.bin", Record100(4, 0, 1))});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->classes, 100);
  EXPECT_THAT(dataset->mean, ElementsAre(129.3, 124.1, 112.4));
  EXPECT_THAT(dataset->standard_deviation, ElementsAre(68.2, 65.4, 70.4));
  EXPECT_THAT(dataset->train.labels, ElementsAre(98));
  EXPECT_THAT(dataset->test.labels, ElementsAre(0));
}

TEST(CifarPreprocessTest, NamesFileAndField) {
  const std::string train = Write("a", Record10(5, 0));
  const std::string test = Write("b", Record10(10, 0));
  DatasetSpec spec = Spec("cifar10");
  const auto error = [&](const std::vector<std::string>& files) {
    return Message(Preprocess("spec", spec, files).status());
  };
  EXPECT_EQ(error({train, test}),
            test + ": record 0: label: expected 0 to 9, found 10");
  EXPECT_EQ(error({train}),
            "spec: format CIFAR10: expected at least 2 input files (training "
            "batches, then the test batch), found 1");
  spec.set_train_images(3);
  EXPECT_EQ(
      error({train, train, train}),
      "spec: field train_images: expected at most the 2 images of the files, "
      "found 3");
  spec.set_classes(100);
  EXPECT_EQ(
      error({train, train}),
      "spec: field classes: expected 10, the classes of format CIFAR10, found "
      "100");
}

}  // namespace
}  // namespace robbench
