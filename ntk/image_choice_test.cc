#include "ntk/image_choice.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "training/dataset/dataset.h"

namespace robbench {
namespace {

// Returns a split in which five of every ten images are of class 0, three of
// class 1 and two of class 2.
ImageSplit MakeSplit(int images) {
  ImageSplit split;
  for (int i = 0; i < images; ++i) {
    split.labels.push_back(i % 10 < 5 ? 0 : i % 10 < 8 ? 1 : 2);
  }
  return split;
}

TEST(BalancedImages, AreEqualInNumber) {
  const ImageSplit split = MakeSplit(100);
  for (const int64_t count : {1, 2, 3, 31, 60}) {
    const auto chosen = BalancedImages("s", split, 3, count, 5);
    ASSERT_TRUE(chosen.ok()) << chosen.status();
    ASSERT_EQ(chosen->size(), count);
    EXPECT_EQ(std::set<int64_t>(chosen->begin(), chosen->end()).size(), count);
    std::vector<int> by_class(3, 0);
    for (const int64_t i : *chosen) ++by_class[split.labels[i]];
    const auto [least, most] =
        std::minmax_element(by_class.begin(), by_class.end());
    EXPECT_LE(*most - *least, 1) << count;
  }
}

TEST(BalancedImages, FewerAreTheFirstOfMore) {
  const ImageSplit split = MakeSplit(100);
  const std::vector<int64_t> all = *BalancedImages("s", split, 3, 60, 5);
  const std::vector<int64_t> few = *BalancedImages("s", split, 3, 17, 5);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), all.begin()));
}

TEST(BalancedImages, AreDrawnByTheSeed) {
  const ImageSplit split = MakeSplit(100);
  EXPECT_EQ(*BalancedImages("s", split, 3, 9, 5),
            *BalancedImages("s", split, 3, 9, 5));
  EXPECT_NE(*BalancedImages("s", split, 3, 9, 5),
            *BalancedImages("s", split, 3, 9, 6));
  // Every image of a class is as likely: 2,000 draws of one of the 20 of
  // class 2 are 100 each, with a standard deviation below 10.
  std::vector<int> drawn(100, 0);
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    const std::vector<int64_t> chosen = *BalancedImages("s", split, 3, 3, seed);
    for (const int64_t i : chosen) ++drawn[i];
  }
  for (int i = 0; i < 100; ++i) {
    if (split.labels[i] == 2) EXPECT_NEAR(drawn[i], 100, 45) << i;
  }
}

TEST(BalancedImages, NamesTheClassThatIsShort) {
  EXPECT_EQ(BalancedImages("s", MakeSplit(100), 3, 63, 5).status().message(),
            "s: field images: expected at least 21 of each class, found 20 of "
            "class 2");
  EXPECT_FALSE(BalancedImages("s", MakeSplit(5), 3, 3, 1).ok());
}

}  // namespace
}  // namespace robbench
