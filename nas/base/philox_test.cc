#include "nas/base/philox.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace robbench {
namespace {

using ::testing::ElementsAre;

// These are the known answers that come with Random123 (kat_vectors, philox4x32
// 10).
TEST(PhiloxTest, KnownAnswers) {
  EXPECT_THAT(Philox4x32({0, 0, 0, 0}, {0, 0}),
              ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  EXPECT_THAT(Philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                         {0xffffffff, 0xffffffff}),
              ElementsAre(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
  EXPECT_THAT(Philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                         {0xa4093822, 0x299f31d0}),
              ElementsAre(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

TEST(PhiloxTest, StreamIsCounterInOrder) {
  PhiloxStream stream(5, Purpose::kTest, /*epoch=*/4, /*step=*/3, /*sample=*/2);
  for (uint32_t block = 0; block < 3; ++block) {
    for (const uint32_t word : Philox4x32({block, 2, 3, 4}, {5, 1000})) {
      EXPECT_EQ(stream.Next(), word);
    }
  }
}

TEST(PhiloxTest, EveryPartOfTheNameMatters) {
  const std::set<uint32_t> first = {
      PhiloxStream(0, Purpose::kTest).Next(),
      PhiloxStream(1, Purpose::kTest).Next(),
      PhiloxStream(0, Purpose::kShuffle).Next(),
      PhiloxStream(0, Purpose::kTest, 1).Next(),
      PhiloxStream(0, Purpose::kTest, 0, 1).Next(),
      PhiloxStream(0, Purpose::kTest, 0, 0, 1).Next(),
  };
  EXPECT_EQ(first.size(), 6);
}

TEST(PhiloxTest, UniformIsInRangeWithTheRightMoments) {
  PhiloxStream stream(1, Purpose::kTest);
  constexpr int kDraws = 100'000;
  double sum = 0, square = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = i % 2 == 0 ? stream.Uniform() : stream.UniformDouble();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    square += u * u;
  }
  EXPECT_NEAR(sum / kDraws, 1.0 / 2, 5 * std::sqrt(1.0 / 12 / kDraws));
  EXPECT_NEAR(square / kDraws, 1.0 / 3, 5 * std::sqrt(4.0 / 45 / kDraws));
}

TEST(PhiloxTest, BelowIsUnbiased) {
  PhiloxStream stream(2, Purpose::kTest);
  constexpr int kDraws = 90'000;
  std::array<int, 9> count{};
  for (int i = 0; i < kDraws; ++i) {
    const uint32_t k = stream.Below(9);
    ASSERT_LT(k, 9u);
    ++count[k];
  }
  double chi_square = 0;
  for (const int c : count) {
    chi_square += std::pow(c - kDraws / 9.0, 2) / (kDraws / 9.0);
  }
  EXPECT_LT(chi_square, 26.1);  // 8 degrees of freedom, p = 0.001
  EXPECT_EQ(stream.Below(1), 0u);
  // Two thirds of all words would be rejected by a careless bound.
  for (int i = 0; i < 100; ++i)
    EXPECT_LT(stream.Below(3'000'000'000u), 3'000'000'000u);
}

}  // namespace
}  // namespace robbench
