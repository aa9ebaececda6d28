#include "analysis/metric_name.h"

#include "analysis/number_format.h"
#include "gtest/gtest.h"

namespace robbench {
namespace {

TEST(MetricName, AliasesGoBothWays) {
  const std::pair<const char*, const char*> names[] = {
      {"clean", "val_acc"},         {"fgsm_8", "val_fgsm_8.0_acc"},
      {"pgd_3", "val_pgd_3.0_acc"}, {"pgd_2.5", "val_pgd_2.5_acc"},
      {"autoattack", "autoattack"}, {"square", "square"}};
  for (const auto& [ours, authors] : names) {
    EXPECT_EQ(AuthorsMetric(ours), authors);
    EXPECT_EQ(CanonicalMetric(authors), ours);
    EXPECT_EQ(CanonicalMetric(ours), ours);
  }
  EXPECT_EQ(AuthorsMetric("pgd_like"), "pgd_like");
}

TEST(MetricName, LabelsComeFromTheAttack) {
  Column column;
  column.mutable_key()->set_metric("pgd_25");
  column.set_kind(Column::ACCURACY);
  PgdAttack& pgd = *column.mutable_attack()->mutable_pgd();
  pgd.set_epsilon(25);
  pgd.set_steps(20);
  EXPECT_EQ(MetricLabel(column), "PGD-20, ε = 25/255");
  EXPECT_EQ(ShortMetricLabel(column), "PGD 25");
  Column score;
  score.set_kind(Column::NTK_SCORE);
  score.set_kernel("robust");
  score.set_score("min_eigenvalue");
  EXPECT_EQ(MetricLabel(score), "robust NTK: smallest eigenvalue");
  EXPECT_EQ(ShortMetricLabel(score), "NTK robust λmin");
}

TEST(MetricName, SuggestsTheNearest) {
  const std::vector<std::string> names = {"clean", "fgsm_8", "pgd_8"};
  EXPECT_EQ(SuggestMetric("pdg_8", names), "; did you mean pgd_8?");
  EXPECT_EQ(SuggestMetric("claen", names), "; did you mean clean?");
  EXPECT_EQ(SuggestMetric("something else", names), "");
}

TEST(NumberFormat, Texts) {
  EXPECT_EQ(ShortestNumber(0.1), "0.1");
  EXPECT_EQ(ShortestNumber(-0.0), "0");
  EXPECT_EQ(ShortestNumber(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(ReadableNumber(1.234e-7), "1.23e-7");
  EXPECT_EQ(ReadableNumber(123456.7), "123,457");
  EXPECT_EQ(ReadableNumber(-0.5), "−0.5");
  EXPECT_EQ(Percent(0.5628), "56.3");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
  EXPECT_EQ(Grouped(999), "999");
}

}  // namespace
}  // namespace robbench
