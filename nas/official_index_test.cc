#include "nas/official_index.h"

#include <string>

#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/cell.h"
#include "nas/search_space_golden.h"

namespace robbench {
namespace {

// CPython itself shuffled the golden list.
TEST(OfficialIndexTest, WholeList) {
  std::string codes;
  for (int index = 0; index < kNumCells; ++index) {
    codes += Cell::FromPosition(PositionOfOfficialIndex(index)).Code() + "\n";
  }
  EXPECT_EQ(Sha256(codes),
            SearchSpaceGolden()["codes_sha256"].get<std::string>());
}

TEST(OfficialIndexTest, BothDirections) {
  for (int index = 0; index < kNumCells; ++index) {
    ASSERT_EQ(OfficialIndexOfPosition(PositionOfOfficialIndex(index)), index);
  }
}

TEST(OfficialIndexDeathTest, OutOfRange) {
  EXPECT_DEATH(OfficialIndexOfPosition(-1), "position >= 0");
  EXPECT_DEATH(PositionOfOfficialIndex(kNumCells), "index < kNumCells");
}

}  // namespace
}  // namespace robbench
