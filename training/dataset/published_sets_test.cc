// The published sets themselves: numbers of images, and of CIFAR-10 and
// CIFAR-100 balanced classes and the normalisers of the specs recomputed
// (ImageNet16-120's is not that of its own images). The sets are no part of
// the repository: without them, or with a part only, a case is skipped by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "nas/base/text_proto.h"
#include "training/dataset/preprocess.h"

namespace robbench {
namespace {

using testing::Each;

// Bazel sorts the paths by name; preprocessing takes the test batch last.
std::vector<std::string> InputOrder(const std::string& paths) {
  std::vector<std::string> files = absl::StrSplit(paths, ' ');
  std::stable_partition(
      files.begin(), files.end(), [](const std::string& file) {
        return file.substr(file.rfind('/') + 1).rfind("test", 0) != 0;
      });
  return files;
}

struct PublishedSet {
  const char* name;
  int64_t train_images;
  int64_t test_images;
  bool own_normaliser;
};

class PublishedSetTest : public testing::TestWithParam<PublishedSet> {};

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

TEST_P(PublishedSetTest, IsWhatItsSpecSays) {
  const PublishedSet& set = GetParam();
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
  if (dataset->train.count() < set.train_images) {
    GTEST_SKIP() << "only " << dataset->train.count() << " training images of "
                 << name << " are on this machine";
  }
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

INSTANTIATE_TEST_SUITE_P(
    Whole, PublishedSetTest,
    testing::Values(PublishedSet{"cifar10", 50'000, 10'000, true},
                    PublishedSet{"cifar100", 50'000, 10'000, true},
                    PublishedSet{"imagenet16_120", 151'700, 6'000, false}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace robbench
