#include "nas/base/attack_name.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

std::string Refusal(absl::string_view name) {
  const absl::Status status =
      CheckAttackName("suite.textproto", "attacks[1].name", name);
  return status.ok() ? "accepted" : std::string(status.message());
}

TEST(AttackName, TakesTheMetricsOfThePaper) {
  for (const char* name :
       {"clean", "fgsm_3", "fgsm_8", "pgd_3", "pgd_8", "pgd_2.5", "apgd_ce",
        "apgd_t", "apgd_dlr", "fab_t", "square", "square_3", "autoattack",
        "after_square", "fog_3", "validation", "codes", "means"}) {
    EXPECT_EQ(Refusal(name), "accepted") << name;
  }
}

TEST(AttackName, RefusesNamesThatStandForSomethingElse) {
  EXPECT_EQ(
      Refusal("parameters"),
      "suite.textproto: field attacks[1].name: expected a name that no other "
      "metric or column has, found \"parameters\", the cost of that "
      "name");
  for (const char* cost : {"multiply_adds", "Parameters", "MULTIPLY_ADDS"}) {
    EXPECT_THAT(Refusal(cost), HasSubstr("the cost")) << cost;
  }
  for (const char* column : {"code", "cell", "index", "architecture", "Code",
                             "representative", "seed", "dataset"}) {
    EXPECT_THAT(Refusal(column), HasSubstr("a column of the table")) << column;
  }
  EXPECT_THAT(Refusal("ntk_clean_trace"), HasSubstr("kernel"));
  EXPECT_THAT(Refusal("standard_pgd"), HasSubstr("standard training"));
  EXPECT_THAT(Refusal("proxy_snip_clean"), HasSubstr("before any training"));
  EXPECT_THAT(Refusal("PROXY_x"), HasSubstr("before any training"));
  EXPECT_THAT(Refusal("val_acc"), HasSubstr("authors' name"));
  EXPECT_THAT(Refusal("val_pgd_8.0_acc"), HasSubstr("authors' name"));
  EXPECT_THAT(Refusal("robust_average"), HasSubstr("average"));
  EXPECT_THAT(Refusal("pgd 8, \"x\"\n=1+1"), HasSubstr("letters, digits"));
}

}  // namespace
}  // namespace robbench
