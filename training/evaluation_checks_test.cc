#include "training/evaluation_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

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
  ASSERT_EQ(record.checks_size(), 5);
  for (const SelfCheck& check : record.checks()) {
    EXPECT_TRUE(check.passed()) << check.name();
    EXPECT_FALSE(check.has_reason());
  }
  EXPECT_NEAR(record.checks(4).value(), 0.5, 1e-9);
}

TEST(EvaluationChecksTest, WeakPgdIsUnreliable) {
  EvaluationRecord record = Record(500, 506);
  AddSelfChecks({}, record);
  EXPECT_TRUE(record.unreliable());
  EXPECT_EQ(record.checks(4).name(), "pgd_not_weaker_than_fgsm");
  EXPECT_FALSE(record.checks(4).passed());
  EXPECT_THAT(record.checks(4).reason(),
              testing::HasSubstr("pgd_8 is weaker than fgsm_8"));
}

TEST(EvaluationChecksTest, OtherEpsilonsAreNotCompared) {
  EvaluationRecord record = Record(500, 900);
  record.mutable_attacks(1)->mutable_attack()->mutable_pgd()->set_epsilon(3);
  AddSelfChecks({}, record);
  EXPECT_EQ(record.checks_size(), 4);
  EXPECT_FALSE(record.unreliable());
}

TEST(EvaluationChecksTest, EachObservationHasItsCheck) {
  const EvaluationObservations observations[] = {
      {.excess = 2e-7},
      {.excess = std::numeric_limits<double>::quiet_NaN()},
      {.outside = 1e-9},
      {.non_finite_logits = 1},
      {.changed_at_epsilon_zero = 1}};
  const int failing[] = {0, 0, 1, 2, 3};
  for (int i = 0; i < 5; ++i) {
    EvaluationRecord record = Record(500, 400);
    AddSelfChecks(observations[i], record);
    EXPECT_TRUE(record.unreliable()) << i;
    for (int k = 0; k < record.checks_size(); ++k) {
      EXPECT_EQ(record.checks(k).passed(), k != failing[i]) << i << " " << k;
    }
  }
}

}  // namespace
}  // namespace robbench
