#include "training/augmentation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "training/dataset/dataset.h"

namespace robbench {
namespace {

TEST(CropAndFlipTest, KnownImages) {
  const std::string plane = "123456789";
  const auto moved = [&](int dy, int dx, bool flip) {
    std::string out(9, '?');
    CropAndFlip(plane.data(), 3, 1, dy, dx, flip, out.data());
    std::replace(out.begin(), out.end(), '\0', '0');
    return out;
  };
  EXPECT_EQ(moved(1, 1, false), "123456789");
  EXPECT_EQ(moved(1, 1, true), "321654987");
  EXPECT_EQ(moved(0, 0, false), "000012045");
  EXPECT_EQ(moved(2, 2, false), "560890000");
  EXPECT_EQ(moved(2, 2, true), "065098000");
}

Dataset ManyImages() {
  Dataset dataset;
  dataset.channels = 2;
  dataset.image_size = 4;
  for (int i = 0; i < 2000; ++i) {
    dataset.train.labels.push_back(0);
    for (int k = 0; k < 32; ++k) {
      dataset.train.pixels.push_back(static_cast<char>(1 + k));
    }
  }
  return dataset;
}

TEST(AugmentationTest, AllCropsAndFlipsAboutEquallyOften) {
  const Dataset dataset = ManyImages();
  std::vector<int64_t> indices(2000);
  for (int i = 0; i < 2000; ++i) indices[i] = i;
  const std::string out = AugmentedImages(
      dataset, indices, {.crop_padding = 1, .flip_probability = 0.5}, 1, 2);
  std::map<std::string, int> counts;
  for (int i = 0; i < 2000; ++i) {
    // Both channels move together: the second is the first plus 16.
    for (int k = 0; k < 16; ++k) {
      const char first = out[i * 32 + k];
      ASSERT_EQ(out[i * 32 + 16 + k], first == 0 ? 0 : first + 16);
    }
    ++counts[out.substr(i * 32, 16)];
  }
  EXPECT_EQ(counts.size(), 18);  // 9 crops, 2 sides
  for (const auto& [image, count] : counts) {
    EXPECT_NEAR(count, 2000 / 18.0, 45);  // four standard deviations
  }
}

TEST(AugmentationTest, DependsOnImageAndEpochOnly) {
  const Dataset dataset = ManyImages();
  const AugmentationOptions options{.crop_padding = 2, .flip_probability = 0.5};
  const std::string both = AugmentedImages(dataset, {7, 900}, options, 1, 3);
  EXPECT_EQ(both, AugmentedImages(dataset, {7}, options, 1, 3) +
                      AugmentedImages(dataset, {900}, options, 1, 3));
  std::set<std::string> epochs;
  for (int epoch = 0; epoch < 8; ++epoch) {
    epochs.insert(AugmentedImages(dataset, {7, 8, 9}, options, 1, epoch));
  }
  EXPECT_GE(epochs.size(), 7);
}

TEST(AugmentationTest, OffLeavesTheImages) {
  const Dataset dataset = ManyImages();
  EXPECT_EQ(AugmentedImages(dataset, {3}, {}, 1, 1),
            dataset.train.pixels.substr(0, 32));
}

TEST(ShuffledOrderTest, IsAPermutationPerEpoch) {
  const std::vector<int64_t> order = ShuffledOrder(1000, 5, 0);
  std::vector<int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(sorted[i], i);
  EXPECT_EQ(order, ShuffledOrder(1000, 5, 0));
  EXPECT_NE(order, ShuffledOrder(1000, 5, 1));
  EXPECT_NE(order, ShuffledOrder(1000, 6, 0));
  EXPECT_NE(order, sorted);
}

}  // namespace
}  // namespace robbench
