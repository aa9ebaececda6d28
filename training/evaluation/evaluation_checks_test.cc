#include "training/evaluation/evaluation_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "training/records.pb.h"

namespace robbench {
namespace {

EvaluationRecord Record(int fgsm_correct, int pgd_correct) {
  EvaluationRecord record;
  AttackResult& fgsm = *record.add_attacks();
  fgsm.set_name("fgsm_8");
  fgsm.mutable_attack()->mutable_fgsm()->set_epsilon(8);
  fgsm.set_correct(fgsm_correct);
  fgsm.set_total(1000);
  AttackResult& pgd = *record.add_attacks();
  pgd.set_name("pgd_8");
  pgd.mutable_attack()->mutable_pgd()->set_epsilon(8);
  pgd.set_correct(pgd_correct);
  pgd.set_total(1000);
  return record;
}

TEST(EvaluationChecksTest, SoundRecordPasses) {
  EvaluationRecord record = Record(500, 505);  // half a point weaker: allowed
  AddSelfChecks({.excess = 5e-8}, record);
  EXPECT_FALSE(record.unreliable());
  ASSERT_EQ(record.checks_size(), 6);
  for (const SelfCheck& check : record.checks()) {
    EXPECT_TRUE(check.passed()) << check.name();
    EXPECT_FALSE(check.has_reason());
  }
  EXPECT_NEAR(record.checks(5).value(), 0.5, 1e-9);
}

TEST(EvaluationChecksTest, WeakPgdIsUnreliable) {
  EvaluationRecord record = Record(500, 506);
  AddSelfChecks({}, record);
  EXPECT_TRUE(record.unreliable());
  EXPECT_EQ(record.checks(5).name(), "pgd_not_weaker_than_fgsm");
  EXPECT_FALSE(record.checks(5).passed());
  EXPECT_THAT(record.checks(5).reason(),
              testing::HasSubstr("pgd_8 is weaker than fgsm_8"));
  EXPECT_THAT(UnreliableWarnings(record),
              testing::ElementsAre("unreliable: pgd_not_weaker_than_fgsm: " +
                                   record.checks(5).reason()));
  record = Record(500, 500);
  AddSelfChecks({}, record);
  EXPECT_THAT(UnreliableWarnings(record), testing::IsEmpty());
}

TEST(EvaluationChecksTest, OtherEpsilonsAreNotCompared) {
  EvaluationRecord record = Record(500, 900);
  record.mutable_attacks(1)->mutable_attack()->mutable_pgd()->set_epsilon(3);
  AddSelfChecks({}, record);
  EXPECT_EQ(record.checks_size(), 5);
  EXPECT_FALSE(record.unreliable());
}

TEST(EvaluationChecksTest, EachObservationHasItsCheck) {
  const EvaluationObservations observations[] = {
      {.excess = 2e-7},
      {.excess = std::numeric_limits<double>::quiet_NaN()},
      {.outside = 1e-9},
      {.non_finite_logits = 1},
      {.non_finite_pixels = 1},
      {.changed_at_epsilon_zero = 1},
      {.gradients = 1000, .zero_gradients = 1}};
  const int failing[] = {0, 0, 1, 2, 3, 4, 5};
  for (int i = 0; i < 7; ++i) {
    EvaluationRecord record = Record(500, 400);
    AddSelfChecks(observations[i], record);
    EXPECT_TRUE(record.unreliable()) << i;
    for (int k = 0; k < record.checks_size(); ++k) {
      EXPECT_EQ(record.checks(k).passed(), k != failing[i]) << i << " " << k;
    }
  }
}

TEST(EvaluationChecksTest, ConstantNetworksHaveNoGradients) {
  EvaluationRecord record = Record(100, 100);
  AddSelfChecks(
      {.gradients = 1000, .zero_gradients = 1000, .constant_network = true},
      record);
  EXPECT_FALSE(record.unreliable());
  EXPECT_EQ(record.checks(5).name(), "zero_gradients");
  EXPECT_EQ(record.checks(5).value(), 1);
}

void AddSquare(const std::string& name, const std::string& group, int correct,
               EvaluationRecord& record) {
  AttackResult& square = *record.add_attacks();
  square.set_name(name);
  square.mutable_attack()->mutable_square()->set_epsilon(8);
  square.set_correct(correct);
  square.set_total(1000);
  if (!group.empty()) square.set_group(group);
}

TEST(EvaluationChecksTest, SquareIsNotStrongerThanWhiteBoxAttacks) {
  for (const int correct : {600, 498, 497}) {
    EvaluationRecord record = Record(520, 500);
    AddSquare("square_8", "", correct, record);
    AddSelfChecks({}, record);
    const SelfCheck& check = *record.checks().rbegin();
    EXPECT_EQ(check.name(), "white_box_not_weaker_than_black_box");
    EXPECT_EQ(check.passed(), correct >= 498) << correct;
    EXPECT_NEAR(check.value(), (500 - correct) / 10.0, 1e-9);
    if (!check.passed()) {
      EXPECT_THAT(check.reason(),
                  testing::HasSubstr("pgd_8 is weaker than square_8"));
    }
  }
}

TEST(EvaluationChecksTest, SquareInAGroupTakesLittleFromWhatIsLeft) {
  for (const int correct : {400, 398, 397}) {
    EvaluationRecord record = Record(520, 500);
    AttackResult& apgd = *record.add_attacks();
    apgd.set_name("apgd_ce");
    apgd.set_group("autoattack");
    apgd.mutable_attack()->mutable_apgd()->set_epsilon(8);
    apgd.set_correct(400);
    apgd.set_total(1000);
    AddSquare("square", "autoattack", correct, record);
    AddSelfChecks({}, record);
    const SelfCheck& check = *record.checks().rbegin();
    EXPECT_EQ(check.name(), "white_box_not_weaker_than_black_box");
    EXPECT_EQ(check.passed(), correct >= 398) << correct;
    EXPECT_EQ(record.unreliable(), correct == 397);
  }
}

}  // namespace
}  // namespace robbench
