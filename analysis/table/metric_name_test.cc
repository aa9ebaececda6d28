#include "analysis/table/metric_name.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/number_format.h"
#include "gtest/gtest.h"
#include "ntk/ntk.pb.h"
#include "training/attack_suite.pb.h"

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
  // A name of ours that looks like half of theirs is not mistaken for pgd_8.
  EXPECT_EQ(AuthorsMetric("pgd_8.0"), "pgd_8.0");
  EXPECT_EQ(CanonicalMetric("pgd_8.0"), "pgd_8.0");
  EXPECT_EQ(CanonicalMetric("val_val_pgd_8_acc_acc"), "pgd_8");
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
  const auto labels = [&column](auto set) {
    column.mutable_attack()->Clear();
    column.mutable_attack()->set_name(column.key().metric());
    set(*column.mutable_attack());
    return MetricLabel(column) + " | " + ShortMetricLabel(column);
  };
  EXPECT_EQ(labels([](Attack& attack) {
              attack.mutable_apgd()->set_epsilon(8);
              attack.mutable_apgd()->set_steps(100);
              attack.mutable_apgd()->set_loss(ApgdAttack::CROSS_ENTROPY);
            }),
            "APGD-CE-100, ε = 8/255 | APGD-CE 8");
  EXPECT_EQ(labels([](Attack& attack) {
              attack.mutable_apgd()->set_epsilon(0.5);
              attack.mutable_apgd()->set_steps(10);
              attack.mutable_apgd()->set_loss(ApgdAttack::DLR);
            }),
            "APGD-DLR-10, ε = 0.5/255 | APGD-DLR 0.5");
  EXPECT_EQ(labels([](Attack& attack) {
              attack.mutable_targeted_apgd()->set_epsilon(8);
              attack.mutable_targeted_apgd()->set_steps(100);
            }),
            "APGD-T-100, ε = 8/255 | APGD-T 8");
  EXPECT_EQ(labels([](Attack& attack) {
              attack.mutable_fab()->set_epsilon(8);
              attack.mutable_fab()->set_steps(10);
            }),
            "FAB-T-10, ε = 8/255 | FAB-T 8");
  EXPECT_EQ(labels([](Attack& attack) {
              attack.mutable_square()->set_epsilon(3);
              attack.mutable_square()->set_queries(5000);
            }),
            "Square-5000, ε = 3/255 | Square 3");
  column.mutable_key()->set_metric("autoattack");
  EXPECT_EQ(labels([](Attack& attack) { attack.mutable_group(); }),
            "AutoAttack | AutoAttack");
  Column score;
  score.set_kind(Column::NTK_SCORE);
  score.set_kernel("robust");
  score.set_score("min_eigenvalue");
  EXPECT_EQ(MetricLabel(score), "robust NTK: smallest eigenvalue");
  EXPECT_EQ(ShortMetricLabel(score), "NTK robust λmin");
  // One epsilon in the table: its name is left out.
  score.set_kernel_kind(KernelScore::ROBUST);
  score.set_epsilon(8);
  EXPECT_EQ(MetricLabel(score), "robust NTK: smallest eigenvalue");
  score.set_kernel("robust_8");
  EXPECT_EQ(MetricLabel(score), "robust NTK, ε = 8/255: smallest eigenvalue");
  EXPECT_EQ(ShortMetricLabel(score), "NTK robust 8 λmin");
}

TEST(MetricName, KernelScoresAreReadFromTheirNames) {
  const auto parse = [](absl::string_view name) {
    Column column;
    column.set_kind(Column::NTK_SCORE);
    return SetKernelScore(name, column)
               ? absl::StrCat(column.kernel(), " | ", MetricLabel(column))
               : "no";
  };
  EXPECT_EQ(parse("clean_trace"), "clean | clean NTK: trace");
  EXPECT_EQ(parse("robust_twice_0.5_min_eigenvalue"),
            "robust_twice_0.5 | robust twice NTK, ε = 0.5/255: smallest "
            "eigenvalue");
  EXPECT_EQ(parse("cross_label_complexity"),
            "cross | cross NTK: label complexity");
  EXPECT_EQ(parse("mixed_0.5_trace"), "mixed_0.5 | mixed NTK, b = 0.5: trace");
  EXPECT_EQ(parse("mixed_twice_8_0.5_eigenvalue_ratio_3"),
            "mixed_twice_8_0.5 | mixed twice NTK, b = 0.5, ε = 8/255: largest "
            "over eigenvalue 3");
  EXPECT_EQ(parse("clean_8_trace"), "no");
  EXPECT_EQ(parse("mixed_trace"), "no");
  EXPECT_EQ(parse("robust_8_0.5_trace"), "no");
  EXPECT_EQ(parse("robust_8"), "no");
  EXPECT_EQ(parse("kernel_trace"), "no");
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
