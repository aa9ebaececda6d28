#include "nas/isomorphism.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/cell_identity.h"
#include "nas/official_index.h"
#include "nas/search_space_golden.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

TEST(CanonicalStringTest, ByHand) {
  auto canonical = [](const char* code) {
    return CanonicalString(*Cell::FromCode(code));
  };
  EXPECT_EQ(canonical("000000"), "#+#+#");
  EXPECT_EQ(canonical("000100"), "#+#+0");
  // Node 1 is "0" by the skip; node 2 "#+#", which is not "#": so the pool
  // of nothing still counts.
  EXPECT_EQ(canonical("100014"), "#+(#+#)@avg_pool_3x3+0");
  // An edge from a node that is "#" is "#", even through a convolution.
  EXPECT_EQ(canonical("000130"), "#+#+0");
  EXPECT_EQ(canonical("310011"), "#+#+0+(0)@nor_conv_3x3");
}

TEST(IsomorphismClassesTest, WholeList) {
  const IsomorphismClasses& classes = IsomorphismClasses::Get();
  const nlohmann::json& golden = SearchSpaceGolden();
  EXPECT_EQ(classes.size(), 6466);
  EXPECT_EQ(classes.size(), golden["classes"]);
  EXPECT_TRUE(std::is_sorted(classes.representatives().begin(),
                             classes.representatives().end()));
  std::string ids, sizes, members;
  int largest = 0;
  for (const int id : classes.representatives()) {
    const absl::Span<const int> of_class = classes.Members(id);
    absl::StrAppend(&ids, id, "\n");
    absl::StrAppend(&sizes, id, " ", of_class.size(), "\n");
    absl::StrAppend(&members, absl::StrJoin(of_class, " "), "\n");
    largest = std::max<int>(largest, of_class.size());
  }
  EXPECT_EQ(Sha256(ids), golden["representatives_sha256"].get<std::string>());
  EXPECT_EQ(Sha256(sizes), golden["class_sizes_sha256"].get<std::string>());
  EXPECT_EQ(Sha256(members), golden["class_members_sha256"].get<std::string>());
  EXPECT_EQ(largest, golden["largest_class"]);
}

TEST(IsomorphismClassesTest, EveryMemberKnowsItsClass) {
  const IsomorphismClasses& classes = IsomorphismClasses::Get();
  for (int index = 0; index < kNumCells; ++index) {
    const absl::Span<const int> members = classes.Members(index);
    ASSERT_TRUE(std::binary_search(members.begin(), members.end(), index));
    ASSERT_EQ(classes.Representative(index), members[0]);
    ASSERT_EQ(CanonicalString(*Cell::FromIndex(index)),
              CanonicalString(*Cell::FromIndex(members[0])));
  }
}

TEST(CellIdentityTest, NamesTheRepresentative) {
  const IsomorphismClasses& classes = IsomorphismClasses::Get();
  const int member = classes.Members(10).back();
  ASSERT_NE(member, 10);
  const CellIdentity identity = MakeCellIdentity(*Cell::FromIndex(member));
  EXPECT_EQ(identity.index(), member);
  EXPECT_EQ(identity.representative(), 10);
  EXPECT_EQ(Cell::FromCode(identity.code())->Index(), member);
  EXPECT_EQ(Cell::FromArchitecture(identity.architecture())->Index(), member);
  EXPECT_TRUE(identity.IsInitialized());
}

}  // namespace
}  // namespace robbench
