#include "nas/cell_counts.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/cell.h"
#include "nas/official_index.h"
#include "nas/operation.h"

namespace robbench {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// Edges of every path of the graph, written out by hand.
const std::vector<std::vector<int>> kPaths = {{3}, {0, 4}, {1, 5}, {0, 2, 5}};

TEST(CellCountsTest, EveryCellAsPathsByHand) {
  for (int index = 0; index < kNumCells; ++index) {
    const Cell cell = *Cell::FromIndex(index);
    int paths = 0;
    int longest = 0;
    int convolutions = 0;
    for (const std::vector<int>& path : kPaths) {
      int on_path = 0;
      bool open = true;
      for (const int edge : path) {
        open = open && cell.operation(edge) != Operation::kNone;
        on_path += IsConvolution(cell.operation(edge)) ? 1 : 0;
      }
      if (!open) continue;
      ++paths;
      const int length = static_cast<int>(path.size());
      if (length > longest) convolutions = 0;
      longest = std::max(longest, length);
      if (length == longest) convolutions = std::max(convolutions, on_path);
    }
    const CellCounts counts = CountCell(cell);
    ASSERT_EQ(counts.paths, paths) << cell.Code();
    ASSERT_EQ(counts.longest_path, longest) << cell.Code();
    ASSERT_EQ(counts.longest_path_convolutions, convolutions) << cell.Code();
    ASSERT_EQ(
        std::accumulate(counts.operations.begin(), counts.operations.end(), 0),
        kNumEdges);
  }
}

TEST(CellCountsTest, ByHand) {
  const CellCounts best = CountCell(*ParseCell("323133"));
  EXPECT_THAT(best.operations, ElementsAre(0, 1, 1, 4, 0));
  EXPECT_EQ(best.paths, 4);
  EXPECT_EQ(best.longest_path, 3);
  EXPECT_EQ(best.longest_path_convolutions, 3);
  // Two paths of two edges, skip and convolution against two convolutions.
  const CellCounts two = CountCell(*ParseCell("120032"));
  EXPECT_EQ(two.paths, 2);
  EXPECT_EQ(two.longest_path, 2);
  EXPECT_EQ(two.longest_path_convolutions, 2);
  // Node 1 has no input, and what leaves it is on no path.
  const CellCounts dead = CountCell(*ParseCell("003030"));
  EXPECT_THAT(dead.operations, ElementsAre(4, 0, 0, 2, 0));
  EXPECT_EQ(dead.paths, 0);
  EXPECT_EQ(dead.longest_path, 0);
  EXPECT_EQ(dead.longest_path_convolutions, 0);
}

TEST(NamedCountsTest, NamesOfRecords) {
  EXPECT_THAT(
      NamedCounts(*ParseCell("120032")),
      ElementsAre(Pair("count_none", 2), Pair("count_skip_connect", 1),
                  Pair("count_nor_conv_1x1", 2), Pair("count_nor_conv_3x3", 1),
                  Pair("count_avg_pool_3x3", 0), Pair("paths", 2),
                  Pair("longest_path", 2),
                  Pair("longest_path_convolutions", 2)));
}

}  // namespace
}  // namespace robbench
