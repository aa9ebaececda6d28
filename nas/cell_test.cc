#include "nas/cell.h"

#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/official_index.h"
#include "nas/operation.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kArchitecture[] =
    "|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+"
    "|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|";

TEST(CellTest, ThreeNamesOfOneCell) {
  for (const std::string name : {"2581", "323133", kArchitecture}) {
    const absl::StatusOr<Cell> cell = ParseCell(name);
    ASSERT_TRUE(cell.ok()) << cell.status();
    EXPECT_EQ(cell->Index(), 2581);
    EXPECT_EQ(cell->Code(), "323133");
    EXPECT_EQ(cell->Architecture(), kArchitecture);
    EXPECT_EQ(cell->operation(3), Operation::kSkipConnect);
  }
}

TEST(CellTest, OfficialIndices) {
  const std::pair<int, const char*> kKnown[] = {
      {0, "421211"},    {1, "334131"},    {2, "433444"},     {1000, "132013"},
      {2581, "323133"}, {9930, "333133"}, {13714, "333123"}, {1462, "333333"},
      {4317, "222222"}, {1835, "111111"}, {7581, "444444"}};
  for (const auto& [index, code] : kKnown) {
    EXPECT_EQ(Cell::FromIndex(index)->Code(), code);
    EXPECT_EQ(Cell::FromCode(code)->Index(), index);
  }
}

TEST(CellTest, AllCellsAllWays) {
  std::set<std::string> architectures;
  for (int position = 0; position < kNumCells; ++position) {
    const Cell cell = Cell::FromPosition(position);
    ASSERT_EQ(cell.Position(), position);
    ASSERT_EQ(*ParseCell(cell.Code()), cell);
    ASSERT_EQ(*ParseCell("c" + cell.Code()), cell);
    ASSERT_EQ(*ParseCell(cell.Architecture()), cell);
    ASSERT_EQ(*ParseCell(std::to_string(cell.Index())), cell);
    architectures.insert(cell.Architecture());
  }
  EXPECT_EQ(architectures.size(), kNumCells);
}

// Names that come out of files and shells may have blanks around them.
TEST(CellTest, BlanksAroundAreNothing) {
  for (const std::string name : {"2581", "323133", kArchitecture}) {
    for (const auto& [before, after] :
         {std::pair{" ", ""}, {"", "\n"}, {"\t", "\r\n"}, {"  ", "  "}}) {
      const absl::StatusOr<Cell> cell = ParseCell(before + name + after);
      ASSERT_TRUE(cell.ok()) << cell.status();
      EXPECT_EQ(cell->Index(), 2581);
    }
  }
}

// Six digits are always a code and fewer are an index, so "100000" and "10000"
// differ.
TEST(CellTest, DigitsAreUnambiguous) {
  EXPECT_EQ(ParseCell("100000")->Code(), "100000");
  EXPECT_EQ(ParseCell("10000")->Index(), 10000);
  EXPECT_EQ(ParseCell("0")->Index(), 0);
  EXPECT_EQ(ParseCell("000000")->Position(), 0);
}

void ExpectRefused(const std::string& text, const std::string& expected,
                   const std::string& found) {
  const absl::StatusOr<Cell> cell = ParseCell(text);
  ASSERT_FALSE(cell.ok()) << text;
  EXPECT_EQ(cell.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(cell.status().message()),
              AllOf(HasSubstr("cell: expected " + expected),
                    HasSubstr("found \"" + found + "\"")));
}

TEST(CellTest, RefusesOtherText) {
  ExpectRefused("", "an official index (0 to 15624)", "");
  ExpectRefused("15625", "an index 0 to 15624", "15625");
  ExpectRefused("99999", "an index 0 to 15624", "99999");
  ExpectRefused("01234", "an official index (0 to 15624)", "01234");
  ExpectRefused("-1", "an official index (0 to 15624)", "-1");
  ExpectRefused("1234567", "an official index (0 to 15624)", "1234567");
  ExpectRefused("123450", "a digit 0 to 4 at place 5", "123450");
  ExpectRefused("\n", "an official index (0 to 15624)", "");
  ExpectRefused("1 2", "an official index (0 to 15624)", "1 2");
}

TEST(CellTest, RefusesBrokenArchitectures) {
  const std::string good = kArchitecture;
  ExpectRefused(good + "|", "the end after character 95", good + "|");
  ExpectRefused(good.substr(0, 16), "\"+\" at character 17",
                good.substr(0, 16));
  ExpectRefused(good.substr(0, 94), "\"~2|\" at character 93",
                good.substr(0, 94));
  ExpectRefused("x" + good, "\"|\" at character 1", "x" + good);
  ExpectRefused("|nor_conv_5x5~0|", "one of none, skip_connect, nor_conv_1x1",
                "|nor_conv_5x5~0|");
  ExpectRefused("|none~1|", "\"~0|\" at character 6", "|none~1|");
  ExpectRefused("|", "one of none", "|");
}

TEST(CellTest, RefusesLongTextWithoutRepeatingIt) {
  const absl::StatusOr<Cell> cell = ParseCell(std::string(1 << 20, '|'));
  ASSERT_FALSE(cell.ok());
  EXPECT_LT(cell.status().message().size(), 400);
  EXPECT_THAT(std::string(cell.status().message()),
              HasSubstr("at most 256 characters"));
  EXPECT_LT(ParseCell(std::string(1 << 20, '7')).status().message().size(),
            600);
}

}  // namespace
}  // namespace robbench
