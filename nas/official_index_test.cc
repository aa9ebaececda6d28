#include "nas/official_index.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"
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

// Bazel and C++ agree on every index, code and architecture string, and on text
// that is none of them.
TEST(OfficialIndexTest, BazelTakesNamesAsParseCellDoes) {
  const std::string file = ReadFile("nas/cell_names_of_bazel.txt").value();
  int cells = 0;
  int others = 0;
  for (absl::string_view line : absl::StrSplit(file, '\n', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> found =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    const absl::StatusOr<Cell> cell = ParseCell(found.first);
    ASSERT_EQ(found.second, cell.ok() ? absl::StrCat(cell->Index()) : "None")
        << found.first;
    ++(cell.ok() ? cells : others);
  }
  EXPECT_EQ(cells, 4 * kNumCells);
  EXPECT_GE(others, 20);
}

TEST(OfficialIndexDeathTest, OutOfRange) {
  EXPECT_DEATH(OfficialIndexOfPosition(-1), "position >= 0");
  EXPECT_DEATH(PositionOfOfficialIndex(kNumCells), "index < kNumCells");
}

}  // namespace
}  // namespace robbench
