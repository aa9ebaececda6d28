#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "tools/rules/embedded_by_test.embed.h"

namespace robbench {
namespace {

TEST(EmbedTest, ConstantIsTheFileByteForByte) {
  const auto file = ReadFile("tools/rules/testdata/embedded.txt");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(kEmbedded, *file);
  EXPECT_EQ(sizeof(kEmbedded), file->size() + 1);
}

TEST(EmbedTest, FilesKeepTheirNames) {
  const auto file = ReadFile("tools/rules/testdata/also_embedded.txt");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(kAlsoEmbedded, *file);
}

TEST(EmbedTest, CodeComesAfterTheConstants) {
  EXPECT_EQ(kSizes[0], sizeof(kEmbedded));
  EXPECT_EQ(kSizes[1], sizeof(kAlsoEmbedded));
}

}  // namespace
}  // namespace robbench
