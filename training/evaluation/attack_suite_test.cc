// Every suite of training/specs is sound, and every kind of mistake in one is
// refused with file, field, expected and found.
#include "training/evaluation/attack_suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "nas/base/text_proto.h"
#include "training/attack_suite.pb.h"
#include "training/evaluation/attack_cost.h"

namespace robbench {
namespace {

using testing::HasSubstr;

AttackSuite Parse(const std::string& text) {
  AttackSuite suite;
  const absl::Status status = ParseTextProto("text", text, &suite);
  EXPECT_TRUE(status.ok()) << status;
  return suite;
}

std::string Refusal(const std::string& attacks, int classes = 10) {
  return std::string(
      CheckAttackSuite(
          "s.textproto",
          Parse("name: \"bad\" batch_size: 8 attacks { name: \"clean\" "
                "clean {} } attacks { name: \"a\" " +
                attacks + " }"),
          classes)
          .message());
}

AttackSuite ReadSuite(const std::string& name) {
  const auto file =
      ReadTextProto<AttackSuite>("training/specs/" + name + "_suite.textproto");
  EXPECT_TRUE(file.ok()) << file.status();
  return file->message;
}

// Returns the names of all suites in training/specs; ATTACK_SUITES has their
// paths.
std::vector<std::string> AllSuites() {
  const char* paths = std::getenv("ATTACK_SUITES");
  EXPECT_NE(paths, nullptr);
  std::vector<std::string> names;
  for (absl::string_view name :
       absl::StrSplit(paths == nullptr ? "" : paths, ' ', absl::SkipEmpty())) {
    EXPECT_TRUE(absl::ConsumePrefix(&name, "training/specs/")) << name;
    EXPECT_TRUE(absl::ConsumeSuffix(&name, "_suite.textproto")) << name;
    names.emplace_back(name);
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"mini", "oracle", "paper"}));
  return names;
}

TEST(AttackSuiteTest, SpecsAreSound) {
  for (const std::string& name : AllSuites()) {
    const AttackSuite suite = ReadSuite(name);
    EXPECT_EQ(suite.name(), name);
    for (const int classes : {10, 100, 120}) {
      EXPECT_TRUE(CheckAttackSuite(name, suite, classes).ok()) << name;
    }
    EXPECT_EQ(suite.attacks(0).name(), "clean");
  }
}

TEST(AttackSuiteTest, StepsOfPgdAreAsPublished) {
  int found = 0;
  for (const std::string name : {"paper", "gradient_obfuscation"}) {
    const AttackSuite suite = ReadSuite(name);
    for (const Attack& attack : suite.attacks()) {
      if (!attack.has_pgd()) continue;
      EXPECT_EQ(attack.pgd().steps(), 20);
      EXPECT_DOUBLE_EQ(attack.pgd().step_size(),
                       2.5 * attack.pgd().epsilon() / 20);
      EXPECT_TRUE(attack.pgd().random_start());
      EXPECT_EQ(
          attack.name(),
          "pgd_" + std::to_string(static_cast<int>(attack.pgd().epsilon())));
      ++found;
    }
  }
  EXPECT_EQ(found, 9);
}

// An attack's random numbers depend on its place; a table refuses two suites
// that measure one metric differently.
TEST(AttackSuiteTest, SuitesAgreeWhereTheyShareAMetric) {
  const AttackSuite paper = ReadSuite("paper");
  const AttackSuite more = ReadSuite("gradient_obfuscation");
  int shared = 0;
  for (int i = 0; i < paper.attacks_size(); ++i) {
    for (int k = 0; k < more.attacks_size(); ++k) {
      if (paper.attacks(i).name() != more.attacks(k).name()) continue;
      EXPECT_EQ(paper.attacks(i).SerializeAsString(),
                more.attacks(k).SerializeAsString());
      if (paper.attacks(i).has_pgd()) EXPECT_EQ(i, k);
      ++shared;
    }
  }
  EXPECT_EQ(shared, 4);
}

TEST(AttackSuiteTest, AutoAttackIsFourAttacksOnSurvivors) {
  for (const std::string name : {"autoattack_standard", "autoattack_authors"}) {
    const AttackSuite suite = ReadSuite(name);
    ASSERT_EQ(suite.attacks_size(), 2);
    EXPECT_EQ(suite.attacks(1).name(), "autoattack");
    std::vector<std::string> names;
    for (const Attack& attack : suite.attacks(1).group().attacks()) {
      names.push_back(attack.name());
      EXPECT_EQ(EpsilonOf(attack), 8);
    }
    EXPECT_THAT(names,
                testing::ElementsAre("apgd_ce", "apgd_t", "fab_t", "square"));
  }
  const AttackGroup standard =
      ReadSuite("autoattack_standard").attacks(1).group();
  EXPECT_EQ(standard.attacks(0).apgd().steps(), 100);
  EXPECT_EQ(standard.attacks(1).targeted_apgd().targets(), 9);
  EXPECT_EQ(standard.attacks(2).fab().targets(), 9);
  EXPECT_EQ(standard.attacks(3).square().queries(), 5000);
}

TEST(AttackSuiteTest, ResolvingWritesDefaultsOut) {
  const Attack autoattack = ResolveAttack(
      ReadSuite("autoattack_authors").attacks(1), /*classes=*/100);
  EXPECT_EQ(autoattack.group().attacks(1).targeted_apgd().targets(), 99);
  EXPECT_EQ(autoattack.group().attacks(2).fab().targets(), 99);
  EXPECT_EQ(EpsilonOf(autoattack), 8);
  const Attack pgd = ResolveAttack(ReadSuite("paper").attacks(2), 10);
  EXPECT_TRUE(pgd.pgd().has_restarts());
  EXPECT_EQ(pgd.pgd().restarts(), 1);
  EXPECT_TRUE(pgd.pgd().has_best_iterate());
}

TEST(AttackSuiteTest, MistakesAreRefused) {
  const std::string pgd = "pgd { epsilon: 8 step_size: 2 steps: 3 ";
  EXPECT_EQ(
      Refusal("fgsm { epsilon: -8 }"),
      "s.textproto: field attacks[1].fgsm.epsilon: expected 0 to 255, found "
      "-8");
  EXPECT_THAT(Refusal("fgsm { epsilon: nan }"), HasSubstr("fgsm.epsilon"));
  EXPECT_THAT(Refusal("pgd { epsilon: 8 step_size: 256 steps: 3 "
                      "random_start: true }"),
              HasSubstr("attacks[1].pgd.step_size: expected 0 to 255"));
  EXPECT_THAT(Refusal("pgd { epsilon: 8 step_size: 2 steps: 0 "
                      "random_start: true }"),
              HasSubstr("attacks[1].pgd.steps: expected 1 to 1000000"));
  EXPECT_THAT(Refusal(pgd + "random_start: true restarts: 0 }"),
              HasSubstr("pgd.restarts: expected 1 to"));
  EXPECT_THAT(Refusal(pgd + "random_start: false restarts: 2 }"),
              HasSubstr("pgd.restarts: expected 1 without a random start"));
  EXPECT_THAT(Refusal("apgd { epsilon: 300 steps: 1 restarts: 1 loss: DLR }"),
              HasSubstr("apgd.epsilon"));
  EXPECT_THAT(Refusal("apgd { epsilon: 8 steps: 0 restarts: 1 loss: DLR }"),
              HasSubstr("apgd.steps"));
  EXPECT_THAT(Refusal("apgd { epsilon: 8 steps: 1 restarts: 0 loss: DLR }"),
              HasSubstr("apgd.restarts"));
  const std::string dlr = "apgd { epsilon: 8 steps: 1 restarts: 1 loss: DLR }";
  EXPECT_EQ(Refusal(dlr, 3), "");
  EXPECT_THAT(Refusal(dlr, 2),
              HasSubstr("apgd.loss: expected a data set of 3 classes or more"));
  const std::string targeted =
      "targeted_apgd { epsilon: 8 steps: 1 restarts: 1 targets: ";
  EXPECT_EQ(Refusal(targeted + "9 }"), "");
  EXPECT_THAT(Refusal(targeted + "10 }"),
              HasSubstr("targeted_apgd.targets: expected at most the 9 other "
                        "classes, found 10"));
  EXPECT_THAT(Refusal(targeted + "1 }", 3), HasSubstr("4 classes or more"));
  EXPECT_THAT(Refusal("fab { epsilon: 8 steps: 0 targets: 9 }"),
              HasSubstr("fab.steps"));
  EXPECT_THAT(Refusal("fab { epsilon: 8 steps: 1 targets: 9 }", 9),
              HasSubstr("fab.targets: expected at most the 8 other classes"));
  EXPECT_THAT(Refusal("square { epsilon: 8 queries: 0 initial_share: 0.8 }"),
              HasSubstr("square.queries"));
  EXPECT_THAT(Refusal("square { epsilon: 8 queries: 1 initial_share: 0 }"),
              HasSubstr("square.initial_share: expected more than 0"));
  EXPECT_THAT(Refusal("square { epsilon: 8 queries: 1 initial_share: 1.5 }"),
              HasSubstr("square.initial_share"));
  EXPECT_THAT(Refusal(""), HasSubstr("attacks[1].kind: expected clean, "));
}

TEST(AttackSuiteTest, GroupsAreCheckedToo) {
  EXPECT_THAT(Refusal("group {}"),
              HasSubstr("attacks[1].group.attacks: expected at least one"));
  EXPECT_THAT(Refusal("group { attacks { name: \"b\" fab { epsilon: 8 steps: 1 "
                      "targets: 99 } } }"),
              HasSubstr("attacks[1].group.attacks[0].fab.targets"));
  EXPECT_THAT(Refusal("group { attacks { name: \"clean\" clean {} } }"),
              HasSubstr("attacks[1].group.attacks[0].name: expected each name "
                        "once, found \"clean\" again"));
  EXPECT_THAT(Refusal("group { attacks { name: \"b\" group { attacks { name: "
                      "\"c\" clean {} } } } }"),
              HasSubstr("found a group in a group"));
}

// The suite's attack is a metric, a column of the table in all its formats.
TEST(AttackSuiteTest, NamesThatStandForSomethingElseAreRefused) {
  const auto refusal = [](const std::string& attacks) {
    return std::string(
        CheckAttackSuite("s.textproto",
                         Parse("name: \"t\" batch_size: 64 attacks { name: "
                               "\"clean\" clean {} } attacks { " +
                               attacks + " }"),
                         10)
            .message());
  };
  EXPECT_THAT(
      refusal("name: \"parameters\" fgsm { epsilon: 8 }"),
      HasSubstr("s.textproto: field attacks[1].name: expected a name that no "
                "other metric or column has, found \"parameters\""));
  for (const std::string name :
       {"multiply_adds", "Multiply_Adds", "code", "cell", "index",
        "architecture", "ntk_clean_trace", "standard_pgd", "val_acc",
        "pgd 8, \\\"x\\\"\\n=1+1"}) {
    EXPECT_THAT(refusal("name: \"" + name + "\" fgsm { epsilon: 8 }"),
                HasSubstr("attacks[1].name: expected"))
        << name;
    EXPECT_THAT(refusal("name: \"aa\" group { attacks { name: \"" + name +
                        "\" fgsm { epsilon: 8 } } }"),
                HasSubstr("attacks[1].group.attacks[0].name: expected"))
        << name;
  }
  EXPECT_THAT(refusal("name: \"Clean\" clean {}"),
              HasSubstr("found \"Clean\" beside \"clean\""));
  EXPECT_THAT(std::string(CheckAttackSuite(
                              "s", Parse("name: \"a b\" batch_size: 1"), 10)
                              .message()),
              HasSubstr("s: field name: expected a name of letters"));
}

TEST(AttackSuiteTest, FractionsOfOneAreAWarning) {
  const auto warnings = [](const std::string& attack) {
    return UnitWarnings(Parse(
        "name: \"t\" batch_size: 64 attacks { name: \"a\" " + attack + " }"));
  };
  EXPECT_THAT(warnings("fgsm { epsilon: 0.03137 }"),
              testing::ElementsAre(
                  "attacks[0] (a).epsilon: 0.03137 stands for 0.03137/255, as "
                  "lengths are in units of 1/255; of a pixel's range 0 to 1, "
                  "0.03137 is written 8"));
  EXPECT_EQ(warnings("pgd { epsilon: 0.03 step_size: 0.008 steps: 20 "
                     "random_start: true }")
                .size(),
            2);
  EXPECT_THAT(warnings("pgd { epsilon: 8 step_size: 0.00784 steps: 20 "
                       "random_start: true }"),
              testing::ElementsAre(HasSubstr("(a).step_size: 0.00784")));
  EXPECT_THAT(warnings("group { attacks { name: \"b\" square { epsilon: 0.5 "
                       "queries: 10 initial_share: 0.8 } } }"),
              testing::ElementsAre(HasSubstr("group.attacks[0].epsilon")));
  EXPECT_THAT(warnings("fgsm { epsilon: 1 }"), testing::IsEmpty());
  EXPECT_THAT(warnings("fgsm { epsilon: 0 }"), testing::IsEmpty());
  for (const std::string& suite : AllSuites()) {
    EXPECT_THAT(UnitWarnings(ReadSuite(suite)), testing::IsEmpty()) << suite;
  }
}

TEST(AttackSuiteTest, SuitesNeedAttacksAndABatchSize) {
  EXPECT_THAT(
      std::string(CheckAttackSuite("s", Parse("name: \"a\" batch_size: 0"), 10)
                      .message()),
      HasSubstr("s: field batch_size: expected 1 to 65536, found 0"));
  EXPECT_THAT(
      std::string(CheckAttackSuite("s", Parse("name: \"a\" batch_size: 1"), 10)
                      .message()),
      HasSubstr("s: field attacks: expected at least one"));
}

// By hand, as the attacks are written: clean 1; FGSM 2 and PGD-20 40, each with
// a pass that counts; gradients of all images 2. Then the first batch of 256:
// an answer, clean, and four attacks of one step.
TEST(AttackCostTest, ThePapersSuite) {
  const AttackSuite suite = ReadSuite("paper");
  EXPECT_FALSE(IsUpperBound(suite));
  const int64_t each = 1 + 2 * (2 + 1) + 2 * (40 + 1) + 2;
  const int64_t first = 1 + 1 + 4 * (2 + 1);
  EXPECT_EQ(MostForwardPasses(suite, 10, 10000), 10000 * each + 256 * first);
  EXPECT_EQ(MostForwardPasses(suite, 10, 100), 100 * (each + first));
}

// Each attack looks before and after; APGD 2 x 10 + 1 a run, FAB 4 x 10 + 1 a
// target, Square its stripes and 5,000 queries.
TEST(AttackCostTest, AutoAttackIsBounded) {
  const AttackSuite suite = ReadSuite("autoattack_authors");
  EXPECT_TRUE(IsUpperBound(suite));
  for (const int classes : {10, 100, 120}) {
    const int64_t targets = classes - 1;
    const int64_t each =
        1 + (2 + 21) + (2 + targets * 21) + (2 + targets * 41) + (2 + 5001) + 2;
    const int64_t first = 1 + 1 + (2 + 3) + (2 + 3) + (2 + 5) + (2 + 2);
    EXPECT_EQ(MostForwardPasses(suite, classes, 6000),
              6000 * each + 256 * first);
  }
}

TEST(AttackCostTest, RestartsAndBestIterates) {
  const auto passes = [](const std::string& pgd) {
    return MostForwardPasses(Parse("name: \"s\" batch_size: 8 attacks { name: "
                                   "\"a\" pgd { epsilon: 8 step_size: 2 steps: "
                                   "5 random_start: true " +
                                   pgd + " } }")
                                 .attacks(0));
  };
  EXPECT_EQ(passes(""), 10 + 1);
  EXPECT_EQ(passes("restarts: 3"), 3 * (10 + 1) + 1);
  EXPECT_EQ(passes("restarts: 3 best_iterate: true"), 3 * (5 * 3 + 1) + 1);
}

}  // namespace
}  // namespace robbench
