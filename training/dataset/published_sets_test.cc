// The published sets themselves: taken under their names, numbers of images,
// and of CIFAR-10 and CIFAR-100 balanced classes and the normalisers of the
// specs recomputed (ImageNet16-120's is not that of its own images); changed in
// any way they are refused under their names. The minis under theirs. The sets
// are no part of the repository: without them a case is skipped by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "nas/base/file.h"
#include "nas/base/text_proto.h"
#include "training/dataset/dataset.h"
#include "training/dataset/preprocess.h"
#include "training/dataset_spec.pb.h"

namespace robbench {
namespace {

using testing::Each;
using testing::HasSubstr;

// Bazel sorts the paths by name; preprocessing takes the test batch last.
std::vector<std::string> InputOrder(const std::string& paths) {
  std::vector<std::string> files = absl::StrSplit(paths, ' ');
  std::stable_partition(
      files.begin(), files.end(), [](const std::string& file) {
        return file.substr(file.rfind('/') + 1).rfind("test", 0) != 0;
      });
  return files;
}

struct Set {
  const char* name;
  int64_t train_images;
  int64_t test_images;
  bool own_normaliser;
};

class SetTest : public testing::TestWithParam<Set> {};

// How often each class occurs.
std::vector<int64_t> ClassCounts(const Dataset& dataset,
                                 const ImageSplit& split) {
  std::vector<int64_t> counts(dataset.classes);
  for (const int64_t label : split.labels) ++counts[label];
  return counts;
}

// The constants have one decimal.
std::vector<double> OneDecimal(std::vector<double> numbers) {
  for (double& number : numbers) number = std::round(number * 10) / 10;
  return numbers;
}

TEST_P(SetTest, IsWhatItsSpecSays) {
  const Set& set = GetParam();
  const std::string name = set.name;
  const char* files = std::getenv(name.c_str());
  if (files == nullptr) {
    GTEST_SKIP() << name << " is not on this machine";
  }
  const auto spec =
      ReadTextProto<DatasetSpec>("training/specs/" + name + ".textproto");
  ASSERT_TRUE(spec.ok()) << spec.status();
  const absl::StatusOr<Dataset> dataset =
      Preprocess("spec", spec->message, InputOrder(files));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->train.count(), set.train_images);
  EXPECT_EQ(dataset->test.count(), set.test_images);
  EXPECT_THAT(ClassCounts(*dataset, dataset->test),
              Each(set.test_images / dataset->classes));
  if (!set.own_normaliser) return;
  EXPECT_THAT(ClassCounts(*dataset, dataset->train),
              Each(set.train_images / dataset->classes));
  const PixelStatistics found =
      ComputePixelStatistics(*dataset, dataset->train);
  EXPECT_EQ(OneDecimal(found.mean), dataset->mean);
  EXPECT_EQ(OneDecimal(found.standard_deviation), dataset->standard_deviation);
}

INSTANTIATE_TEST_SUITE_P(Whole, SetTest,
                         testing::Values(Set{"cifar10", 50'000, 10'000, true},
                                         Set{"cifar100", 50'000, 10'000, true},
                                         Set{"imagenet16_120", 151'700, 6'000,
                                             false}),
                         [](const auto& info) { return info.param.name; });

class MiniTest : public testing::TestWithParam<const char*> {};

TEST_P(MiniTest, IsReadUnderItsOwnNameOnly) {
  const std::string name = GetParam();
  const char* files = std::getenv(name.c_str());
  if (files == nullptr) {
    GTEST_SKIP() << name << " is not on this machine";
  }
  auto spec =
      ReadTextProto<DatasetSpec>("training/specs/" + name + ".textproto");
  ASSERT_TRUE(spec.ok()) << spec.status();
  const absl::StatusOr<Dataset> dataset =
      Preprocess("spec", spec->message, InputOrder(files));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->train.count(), 5'000);
  EXPECT_EQ(dataset->test.count(), 1'000);
  spec->message.set_name(name.substr(0, name.find('_')));
  EXPECT_THAT(
      Preprocess("spec", spec->message, InputOrder(files)).status().ToString(),
      HasSubstr("expected the published "));
}

INSTANTIATE_TEST_SUITE_P(Minis, MiniTest,
                         testing::Values("cifar10_mini", "cifar100_mini"),
                         [](const auto& info) { return info.param; });

TEST(Cifar10Test, OtherThanThePublishedFilesIsRefused) {
  const char* found = std::getenv("cifar10");
  if (found == nullptr) GTEST_SKIP() << "cifar10 is not on this machine";
  const std::vector<std::string> files = InputOrder(found);
  ASSERT_EQ(files.size(), 6);
  const auto spec =
      ReadTextProto<DatasetSpec>("training/specs/cifar10.textproto");
  ASSERT_TRUE(spec.ok()) << spec.status();
  const auto error = [&](const std::vector<std::string>& inputs) {
    return std::string(
        Preprocess("spec", spec->message, inputs).status().message());
  };
  EXPECT_THAT(error({files[0], files[1], files[2], files[3], files[5]}),
              HasSubstr("expected the 6 published files, data_batch_1.bin to "
                        "test_batch.bin, found 5 files"));
  EXPECT_THAT(
      error({files[0], files[0], files[0], files[0], files[0], files[5]}),
      HasSubstr("expected the published data_batch_2.bin with SHA-256 "
                "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57"
                "ed, found cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d4"
                "5b261883ada5, which is data_batch_1.bin"));
  EXPECT_THAT(
      error({files[1], files[0], files[2], files[3], files[4], files[5]}),
      HasSubstr("expected the published data_batch_1.bin"));
  const std::string zeros = testing::TempDir() + "/zeros.bin";
  ASSERT_TRUE(WriteFile(zeros, std::string(10'000 * 3073, '\0')).ok());
  EXPECT_THAT(error({files[0], files[1], files[2], files[3], zeros, files[5]}),
              HasSubstr("zeros.bin: data set cifar10: expected the published "
                        "data_batch_5.bin"));
}

}  // namespace
}  // namespace robbench
