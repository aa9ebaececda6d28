#include "nas/base/name.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace robbench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Refusal(const std::string& name) {
  const absl::Status status = CheckName("f.textproto", "name", name);
  return status.ok() ? "accepted" : std::string(status.message());
}

TEST(CheckName, TakesTheNamesOfTheField) {
  for (const char* name :
       {"cifar10", "imagenet16_120", "ImageNet16-120", "CIFAR-10", "pgd_2.5",
        "apgd_ce", "ntk_mixed_twice_8_0.5_eigenvalue_ratio_3", "9", "a+b"}) {
    EXPECT_EQ(Refusal(name), "accepted") << name;
  }
  EXPECT_EQ(Refusal(std::string(64, 'a')), "accepted");
}

TEST(CheckName, RefusesByFileFieldExpectedAndFound) {
  EXPECT_EQ(Refusal(""),
            "f.textproto: field name: expected a name, found none");
  EXPECT_EQ(
      Refusal("cifar \"10\" onmouseover=alert(1) x"),
      "f.textproto: field name: expected a name of letters, digits, \"_\", "
      "\"-\", \".\" and \"+\" that begins with a letter or a digit, found "
      "\"cifar \\\"10\\\" onmouseover=alert(1) x\"");
  EXPECT_THAT(Refusal(std::string(65, 'a')), HasSubstr("at most 64"));
  for (const std::string& name : std::vector<std::string>{
           "a b",         "a,b",   "a/b",  "a\nb", " a",
           "a\"",         "-a",    ".a",   "_a",   "../a",
           "caf\xc3\xa9", "a\xff", "=1+1", "a<b",  "a&b",
           "a\\b",        "a'b",   "a|b",  "$(a)", std::string("a\0b", 3)}) {
    EXPECT_THAT(Refusal(name), HasSubstr("begins with a letter")) << name;
  }
}

TEST(DistinctNames, DifferInMoreThanCase) {
  DistinctNames names;
  EXPECT_TRUE(names.Add("f", "attacks[0].name", "clean").ok());
  EXPECT_TRUE(names.Add("f", "attacks[1].name", "clean_2").ok());
  EXPECT_EQ(
      names.Add("f", "attacks[2].name", "clean").message(),
      "f: field attacks[2].name: expected each name once, found \"clean\" "
      "again");
  EXPECT_EQ(
      names.Add("f", "attacks[2].name", "Clean").message(),
      "f: field attacks[2].name: expected names that differ in more than case, "
      "found \"Clean\" beside \"clean\"");
}

TEST(FindName, AnExactNameComesFirst) {
  const std::vector<std::string> names = {"CIFAR-10", "cifar10",
                                          "imagenet16_120"};
  EXPECT_EQ(FindName("cifar10", names), "cifar10");
  EXPECT_EQ(FindName(" CIFAR-10\n", names), "CIFAR-10");
  EXPECT_EQ(FindName("CIFAR10", names), std::nullopt);  // both fold to it
  EXPECT_EQ(FindName("ImageNet16-120", names), "imagenet16_120");
  EXPECT_EQ(FindName("imagenet", names), std::nullopt);
  EXPECT_EQ(FindName("", names), std::nullopt);
}

TEST(NearestNames, WordsThatGoOnThenTheSmallestDistance) {
  const std::vector<std::string> names = {"clean", "fgsm_3", "pgd_3", "pgd_8"};
  EXPECT_THAT(NearestNames("pgd", names), ElementsAre("pgd_3", "pgd_8"));
  EXPECT_THAT(NearestNames("PGD", names), ElementsAre("pgd_3", "pgd_8"));
  EXPECT_THAT(NearestNames("pdg_8", names), ElementsAre("pgd_8"));
  EXPECT_THAT(NearestNames("claen", names), ElementsAre("clean"));
  EXPECT_THAT(NearestNames("something else", names), IsEmpty());
  EXPECT_THAT(NearestNames("", names), IsEmpty());
  EXPECT_THAT(NearestNames(std::string(1 << 20, 'x'), names), IsEmpty());
}

TEST(NameHint, SaysWhatThereIs) {
  const std::vector<std::string> names = {"clean", "pgd_3", "pgd_8"};
  EXPECT_EQ(NameHint("pgd", names),
            "; did you mean pgd_3 or pgd_8? It has clean, pgd_3 and pgd_8");
  EXPECT_EQ(NameHint("everything else", names),
            "; it has clean, pgd_3 and pgd_8");
  EXPECT_EQ(NameHint("x", {}), "; it has none");
  EXPECT_THAT(NameHint("everything else", std::vector<std::string>(50, "y")),
              HasSubstr("y and 10 more"));
}

}  // namespace
}  // namespace robbench
