// What the rule robust_proxies makes: a record by cell and seed, of the file's
// name.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "ntk/proxies/proxies.pb.h"

namespace robbench {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

TEST(ProxyRuleTest, ARecordByCellAndSeed) {
  for (const int cell : {10, 1835, 2581}) {
    for (const int seed : {0, 1}) {
      const std::string path =
          absl::StrCat("tools/tests/tiny/tiny_proxies/cell_", cell, "_seed_",
                       seed, ".proxies.binpb");
      const auto record = ReadRecord<ProxyRecord>(path);
      ASSERT_TRUE(record.ok()) << record.status();
      EXPECT_EQ(record->cell().index(), cell);
      EXPECT_EQ(record->seed(), seed);
      EXPECT_EQ(record->dataset(), "fashion_mnist_tiny");
      // 10 counts, 3 scores of no images, 11 of two sets, 2 of the attack's.
      EXPECT_EQ(record->scores_size(), 10 + 3 + 11 * 2 + 2);
      const std::vector<std::string> flags(record->flags().begin(),
                                           record->flags().end());
      if (cell == 10) {
        EXPECT_THAT(flags, Contains("dead_cell"));  // 333000
      } else {
        EXPECT_THAT(flags, IsEmpty()) << path;
      }
    }
  }
}

}  // namespace
}  // namespace robbench
