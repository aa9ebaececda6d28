// Tests ImageNet16 by pickles that Python wrote with real numpy arrays
// (testdata/make_pickle_golden.py): protocols 2 to 5 of numpy 1 and 2 and the
// form of Python 2, the selection of classes, and every truncation.
#include "training/dataset/imagenet16.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nas/base/file.h"
#include "nas/base/text_proto.h"
#include "training/dataset/dataset.h"
#include "training/dataset/pickle/pickle.h"
#include "training/dataset/preprocess.h"
#include "training/dataset_spec.pb.h"

namespace robbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kDirectory[] = "training/dataset/testdata/";

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

// Row r of the golden batches.
std::string Row(int r) {
  std::string row;
  for (int k = 0; k < 768; ++k) {
    row.push_back(static_cast<char>((37 * r + 11 * k) % 256));
  }
  return row;
}

class GoldenTest : public testing::TestWithParam<const char*> {
 protected:
  std::string path() const { return kDirectory + std::string(GetParam()); }
};

TEST_P(GoldenTest, KeepsLabelsUpToClasses) {
  const absl::StatusOr<ImageSplit> split = ReadImagenet16(path(), 120);
  ASSERT_TRUE(split.ok()) << split.status();
  EXPECT_THAT(split->labels, ElementsAre(0, 119));
  EXPECT_EQ(split->pixels, Row(0) + Row(1));
  const absl::StatusOr<ImageSplit> more = ReadImagenet16(path(), 121);
  ASSERT_TRUE(more.ok()) << more.status();
  EXPECT_THAT(more->labels, ElementsAre(0, 119, 120));
  EXPECT_EQ(more->pixels, Row(0) + Row(1) + Row(2));
}

TEST_P(GoldenTest, RefusesEveryTruncation) {
  const std::string bytes = ReadFile(path()).value();
  for (size_t length = 0; length < bytes.size(); ++length) {
    const absl::Status status =
        PickledDict::Parse("f", bytes.substr(0, length)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss)
        << length << " " << status;
    EXPECT_THAT(Message(status), HasSubstr("truncated"));
  }
}

TEST_P(GoldenTest, OtherValues) {
  const absl::StatusOr<PickledDict> dict = PickledDict::Read(path());
  ASSERT_TRUE(dict.ok()) << dict.status();
  if (path().find("python2") != std::string::npos) return;
  const auto mean = dict->Array("mean");
  ASSERT_TRUE(mean.ok()) << mean.status();
  EXPECT_EQ(mean->dtype, "f8");
  EXPECT_THAT(mean->shape, ElementsAre(3));
  const double expected[] = {0.5, -2.0, 1e300};
  ASSERT_EQ(mean->data.size(), sizeof(expected));
  EXPECT_EQ(std::memcmp(mean->data.data(), expected, sizeof(expected)), 0);
  EXPECT_THAT(dict->Integers("numbers").value(),
              ElementsAre(0, -1, 255, 256, 70000, -(int64_t{1} << 31),
                          int64_t{1} << 31, -(int64_t{1} << 40)));
}

INSTANTIATE_TEST_SUITE_P(All, GoldenTest,
                         testing::Values("imagenet16_numpy1_protocol2.pickle",
                                         "imagenet16_numpy1_protocol3.pickle",
                                         "imagenet16_numpy1_protocol4.pickle",
                                         "imagenet16_numpy1_protocol5.pickle",
                                         "imagenet16_numpy2_protocol2.pickle",
                                         "imagenet16_numpy2_protocol3.pickle",
                                         "imagenet16_numpy2_protocol4.pickle",
                                         "imagenet16_numpy2_protocol5.pickle",
                                         "imagenet16_python2.pickle"));

// A batch of numpy 2 under protocol 5 with other bytes at one place.
std::string Altered(const std::string& from, const std::string& to) {
  std::string bytes =
      ReadFile(std::string(kDirectory) + "imagenet16_numpy2_protocol5.pickle")
          .value();
  const size_t position = bytes.find(from);
  EXPECT_NE(position, std::string::npos);
  return bytes.replace(position, from.size(), to);
}

std::string SelectError(const std::string& bytes) {
  const absl::StatusOr<PickledDict> batch = PickledDict::Parse("f", bytes);
  EXPECT_TRUE(batch.ok()) << batch.status();
  if (!batch.ok()) return "";
  return Message(SelectImagenet16(*batch, 120).status());
}

TEST(Imagenet16Test, NamesWhatIsWrong) {
  EXPECT_EQ(SelectError(Altered("K\x79", std::string("K\0", 2))),
            "f: key 'labels': label 2: expected 1 to 1000, found 0");
  EXPECT_EQ(SelectError(Altered("M\xe8\x03", "M\xe9\x03")),
            "f: key 'labels': label 3: expected 1 to 1000, found 1001");
  // 4 x 768 as 8 x 384.
  EXPECT_EQ(SelectError(Altered(std::string("K\4M\0\3", 5),
                                std::string("K\10M\x80\1", 5))),
            "f: key 'data': expected u1 [N, 768], found u1 [8, 384]");
  EXPECT_EQ(
      SelectError(Altered("K\x79M\xe8\x03", std::string("J\x79\0\0\0", 5))),
      "f: key 'labels': expected 4, one a row of data, found 3");
  EXPECT_EQ(SelectError(Altered("labels", "labelz")),
            "f: key 'labels' is missing");
  EXPECT_THAT(Message(ReadImagenet16("/nonexistent/file", 120).status()),
              HasSubstr("/nonexistent/file"));
}

TEST(Imagenet16Test, RowsOfAnArrayInFortranOrder) {
  const absl::StatusOr<PickledDict> batch =
      PickledDict::Parse("f", Altered("\x8c\1C", "\x8c\1F"));
  ASSERT_TRUE(batch.ok()) << batch.status();
  const absl::StatusOr<ImageSplit> split = SelectImagenet16(*batch, 120);
  ASSERT_TRUE(split.ok()) << split.status();
  const std::string bytes = Row(0) + Row(1) + Row(2) + Row(3);
  std::string expected;
  for (int row = 0; row < 2; ++row) {
    for (int k = 0; k < 768; ++k) expected += bytes[4 * k + row];
  }
  EXPECT_EQ(split->pixels, expected);
}

TEST(Imagenet16Test, PreprocessesBySpec) {
  absl::StatusOr<TextProtoFile<DatasetSpec>> spec =
      ReadTextProto<DatasetSpec>("training/specs/imagenet16_120.textproto");
  ASSERT_TRUE(spec.ok()) << spec.status();
  spec->message.set_name("generated");
  const std::string batch =
      std::string(kDirectory) + "imagenet16_numpy1_protocol2.pickle";
  const absl::StatusOr<Dataset> dataset =
      Preprocess("spec", spec->message, {batch, batch, batch});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->name, "generated");
  EXPECT_EQ(dataset->classes, 120);
  EXPECT_EQ(dataset->channels, 3);
  EXPECT_EQ(dataset->image_size, 16);
  EXPECT_THAT(dataset->mean, ElementsAre(122.68, 116.66, 104.01));
  EXPECT_THAT(dataset->standard_deviation, ElementsAre(63.22, 61.26, 65.09));
  EXPECT_THAT(dataset->train.labels, ElementsAre(0, 119, 0, 119));
  EXPECT_EQ(dataset->train.pixels, Row(0) + Row(1) + Row(0) + Row(1));
  EXPECT_THAT(dataset->test.labels, ElementsAre(0, 119));
}

}  // namespace
}  // namespace robbench
