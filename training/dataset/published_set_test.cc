// Tests that a spec with the name of a published set takes the published files
// only, by digests or by counts of images and classes. published_sets_test
// tests that the real files are taken.
#include "training/dataset/published_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nas/base/file.h"
#include "nas/base/text_proto.h"
#include "training/dataset/cifar.h"
#include "training/dataset/preprocess.h"
#include "training/dataset_spec.pb.h"

namespace robbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string Write(const std::string& name, const std::string& bytes) {
  const std::string path = testing::TempDir() + "/" + name;
  EXPECT_TRUE(WriteFile(path, bytes).ok());
  return path;
}

// Of ten images, one a class.
std::string CifarBatch(CifarKind kind) {
  std::string batch;
  for (int i = 0; i < 10; ++i) {
    if (kind == CifarKind::kCifar100) batch.push_back('\0');
    batch.push_back(static_cast<char>(i));
    batch.append(3072, static_cast<char>(25 * i));
  }
  return batch;
}

DatasetSpec Spec(const std::string& file) {
  const absl::StatusOr<TextProtoFile<DatasetSpec>> spec =
      ReadTextProto<DatasetSpec>("training/specs/" + file + ".textproto");
  EXPECT_TRUE(spec.ok()) << spec.status();
  return spec.ok() ? spec->message : DatasetSpec();
}

std::string Error(const DatasetSpec& spec,
                  const std::vector<std::string>& inputs) {
  return std::string(Preprocess("spec", spec, inputs).status().message());
}

TEST(PublishedSetTest, OtherFilesUnderAPublishedNameAreRefused) {
  const std::string ten = Write("ten.bin", CifarBatch(CifarKind::kCifar10));
  const std::string hundred =
      Write("hundred.bin", CifarBatch(CifarKind::kCifar100));
  const std::vector<std::string> six(6, ten);
  DatasetSpec spec = Spec("cifar10");
  EXPECT_THAT(Error(spec, six),
              AllOf(HasSubstr("ten.bin: data set cifar10: expected the "
                              "published data_batch_1.bin with SHA-256 cee916"),
                    HasSubstr("a data set of other files needs another name")));
  EXPECT_THAT(Error(spec, {ten, ten, ten, ten, ten}),
              HasSubstr("data set cifar10: expected the 6 published files, "
                        "data_batch_1.bin to test_batch.bin, found 5 files"));
  // Neither a part of the images nor a smaller size makes another set of them.
  spec.set_train_images(1);
  spec.set_downsample(2);
  EXPECT_THAT(Error(spec, six), HasSubstr("expected the published"));
  EXPECT_THAT(Error(Spec("cifar100"), {hundred, hundred}),
              HasSubstr("hundred.bin: data set cifar100: expected the "
                        "published train.bin with SHA-256 f31298fc"));
  EXPECT_THAT(Error(Spec("fashion_mnist_16"), {ten, ten, ten, ten}),
              HasSubstr("ten.bin: data set fashion_mnist: expected the "
                        "published train-images-idx3-ubyte"));
  EXPECT_THAT(Error(Spec("cifar10"), {ten, ten, ten, ten, ten, "/nowhere/x"}),
              HasSubstr("ten.bin: data set cifar10"));

  // However its name is spelled, it is the published set.
  for (const char* name : {"CIFAR-10", "CIFAR10", "cifar_10"}) {
    spec = Spec("cifar10");
    spec.set_name(name);
    EXPECT_THAT(Error(spec, {ten, ten}),
                HasSubstr("data set cifar10: expected the 6 published files"))
        << name;
  }
  const std::string page = Write("page.bin", "<!DOCTYPE html><html></html>");
  EXPECT_THAT(Error(Spec("cifar10"), {page, ten, ten, ten, ten, ten}),
              HasSubstr("; it looks like an HTML page"));
  spec = Spec("cifar10");
  spec.set_name("cifar10_of_mine");
  EXPECT_EQ(Error(spec, {ten, ten}), "");
}

TEST(PublishedSetTest, Imagenet16HasItsCounts) {
  const std::string batch =
      "training/dataset/testdata/imagenet16_numpy1_protocol2.pickle";
  EXPECT_THAT(Error(Spec("imagenet16_120"), {batch, batch}),
              HasSubstr("data set imagenet16_120: train images: expected the "
                        "published 151700, found 2"));
}

TEST(PublishedSetTest, CountsOfSplitsAndClasses) {
  const PublishedSet set = {
      .name = "s", .files = {}, .train = {6, 2, 4}, .test = {4, 2, 2}};
  const auto error = [&](const std::string& split,
                         const std::vector<int64_t>& labels) {
    return std::string(CheckPublishedLabels(set, split, labels, 2).message());
  };
  EXPECT_EQ(error("train", {0, 0, 0, 0, 1, 1}), "");
  EXPECT_EQ(error("test", {0, 1, 0, 1}), "");
  EXPECT_THAT(error("train", {0, 0, 0, 1, 1}),
              HasSubstr("data set s: train images: expected the published 6, "
                        "found 5"));
  EXPECT_THAT(error("train", {0, 0, 0, 0, 0, 1}),
              HasSubstr("train images of class 0: expected 2 to 4, found 5"));
  EXPECT_THAT(error("test", {1, 1, 0, 1}),
              HasSubstr("test images of class 0: expected 2, found 1"));
}

TEST(PublishedSetTest, FindsByName) {
  EXPECT_EQ(PublishedSets().size(), 4);
  for (const PublishedSet& set : PublishedSets()) {
    EXPECT_EQ(FindPublishedSet(set.name), &set);
    for (const PublishedFile& file : set.files) {
      EXPECT_EQ(file.sha256.size(), 64) << file.name;
    }
  }
  EXPECT_EQ(FindPublishedSet("cifar10_mini"), nullptr);
  EXPECT_EQ(FindPublishedSet("ImageNet16-120"),
            FindPublishedSet("imagenet16_120"));
}

}  // namespace
}  // namespace robbench
