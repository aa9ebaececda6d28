#include "nas/network_identity.h"

#include <cstddef>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "nas/cell.h"
#include "nas/isomorphism.h"
#include "nas/official_index.h"

namespace robbench {
namespace {

std::string Network(const char* code) {
  return NetworkString(*Cell::FromCode(code));
}

template <typename Name>
size_t Classes(const Name& name) {
  std::set<std::string> classes;
  for (int position = 0; position < kNumCells; ++position) {
    classes.insert(name(Cell::FromPosition(position)));
  }
  return classes.size();
}

TEST(NetworkIdentity, CountsOfAllCells) {
  EXPECT_EQ(Classes(CanonicalString), 6466);
  EXPECT_EQ(Classes(StringWithoutZeros), 5390);
  EXPECT_EQ(Classes(FlattenedString), 4930);
}

// The digits of a code are for the edges 0→1, 0→2, 1→2, 0→3, 1→3, 2→3.
TEST(NetworkIdentity, ZerosAndNestedSums) {
  const auto text = [](const char* code) {
    const Cell cell = *Cell::FromCode(code);
    return StringWithoutZeros(cell) + " " + FlattenedString(cell);
  };
  EXPECT_EQ(text("000300"), "(0)@nor_conv_3x3 (0)@nor_conv_3x3");
  EXPECT_EQ(text("000000"), " ");
  // Node 2 is x + conv(x), skipped into node 3, which adds x.
  EXPECT_EQ(text("013101"),
            "0+0 0+0");  // edge 1→2 is a convolution of nothing
  EXPECT_EQ(text("310101"), "0+0 0+0");
  EXPECT_EQ(text("311101"), "(0)@nor_conv_3x3+0+0 (0)@nor_conv_3x3+0+0");
}

TEST(NetworkIdentity, TheSameNetworkByAnotherPath) {
  // One 3x3 convolution of x, straight or through a skip on either side.
  EXPECT_EQ(Network("000300"), Network("300010"));
  EXPECT_EQ(Network("000300"), Network("100030"));
  EXPECT_EQ(Network("000300"), Network("030001"));
  // Convolutions that reach nothing do not count.
  EXPECT_EQ(Network("000300"), Network("230300"));
  // Two convolutions of x in either order.
  EXPECT_EQ(Network("320011"), Network("230011"));
}

TEST(NetworkIdentity, PoolingIsLinear) {
  // pool(x + conv(x)) by one pool of a sum, and by two of its parts:
  // node 1 = conv(x); node 2 = x + node 1, pooled into node 3.
  EXPECT_EQ(Network("311004"), Network("300440"));
  EXPECT_NE(Network("311001"), Network("300440"));
}

TEST(NetworkIdentity, SharedConvolutionsAreNotTwo) {
  // Node 3 = conv(x) + conv(x), of one convolution or of two: one class.
  const Cell shared = *Cell::FromCode("301011");
  const Cell two = *Cell::FromCode("330011");
  EXPECT_EQ(CanonicalString(shared), CanonicalString(two));
  EXPECT_NE(NetworkString(shared), NetworkString(two));
}

TEST(NetworkIdentity, ConvolutionsOfNothingAddTheirBeta) {
  // Node 1 is zero: its convolution adds a constant.
  EXPECT_NE(Network("000330"), Network("000300"));
  EXPECT_EQ(Network("000330"), Network("000320"));
  EXPECT_EQ(StringWithoutZeros(*Cell::FromCode("000330")),
            StringWithoutZeros(*Cell::FromCode("000300")));
  // A 1x1 convolution or a pool of a constant is one; a 3x3 one is not.
  EXPECT_EQ(Network("003002"), Network("000002"));
  EXPECT_EQ(Network("003004"), Network("000002"));
  EXPECT_NE(Network("003003"), Network("000002"));
}

}  // namespace
}  // namespace robbench
