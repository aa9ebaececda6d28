// Every data set that is defined here has a proper name.
#include "analysis/table/dataset_label.h"

#include <set>
#include <string>

#include "analysis/published/published_table.h"
#include "gtest/gtest.h"

namespace robbench {
namespace {

TEST(DatasetLabel, OfThePaperAndOfMini) {
  EXPECT_EQ(DatasetLabel("cifar10"), "CIFAR-10");
  EXPECT_EQ(DatasetLabel("cifar100"), "CIFAR-100");
  EXPECT_EQ(DatasetLabel("imagenet16_120"), "ImageNet16-120");
  EXPECT_EQ(DatasetLabel("fashion_mnist"), "Fashion-MNIST");
}

TEST(DatasetLabel, PublishedOnesHaveLabelsThatDiffer) {
  std::set<std::string> labels;
  for (const PublishedDataset& dataset : kPublishedDatasets) {
    EXPECT_NE(DatasetLabel(dataset.name), dataset.name);
    EXPECT_TRUE(labels.insert(DatasetLabel(dataset.name)).second);
  }
}

// A data set of the same images in part is not the data set.
TEST(DatasetLabel, APartIsNotTheWhole) {
  EXPECT_NE(DatasetLabel("cifar10_mini"), DatasetLabel("cifar10"));
  EXPECT_NE(DatasetLabel("cifar100_mini"), DatasetLabel("cifar100"));
}

TEST(DatasetLabel, AnotherNameStaysAsItIs) {
  for (const char* name : {"mine", "CIFAR10", "cifar10 ", ""}) {
    EXPECT_EQ(DatasetLabel(name), name);
  }
}

}  // namespace
}  // namespace robbench
