#include "analysis/studies/ntk/ntk_study.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/studies/ntk_study_figure.h"
#include "analysis/report/tables/ntk_study_tables.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/statistics/rank_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/repeated_field.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nas/base/record.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/isomorphism.h"
#include "ntk/ntk.pb.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kCells = 300;

class Normal {
 public:
  explicit Normal(uint32_t seed) : stream_(seed, Purpose::kTest) {}
  double operator()() {
    const double radius = std::sqrt(-2 * std::log(1 - stream_.UniformDouble()));
    return radius * std::cos(2 * M_PI * stream_.UniformDouble());
  }

 private:
  PhiloxStream stream_;
};

// The table has 300 cells whose accuracy under PGD is normal. Of the scores,
// "clean" is accuracy with as much noise, "robust_3" has the same numbers, and
// "robust_8" is accuracy with a third of the noise.
class NtkStudyTest : public ::testing::Test {
 protected:
  NtkStudyTest() {
    *table_.mutable_provenance() = MakeProvenance("test", "", {});
    const auto representatives = IsomorphismClasses::Get().representatives();
    Normal normal(1);
    std::vector<double> skill;
    for (int i = 0; i < kCells; ++i) {
      *table_.add_cells() =
          MakeCellIdentity(*Cell::FromIndex(representatives[i]));
      scores_.add_cells(representatives[i]);
      skill.push_back(normal());
    }
    for (const char* name : {"clean", "pgd_3", "pgd_8"}) {
      Column& column = AddColumn(name, Column::ACCURACY);
      column.mutable_attack()->set_name(name);
      column.set_images(10000);
      if (column.key().metric() != "clean") {
        column.mutable_attack()->mutable_pgd()->set_epsilon(
            column.key().metric() == "pgd_3" ? 3 : 8);
      }
      for (const double value : skill) {
        column.add_mean(0.5 + 0.1 * std::tanh(value));
      }
    }
    Column& cost = AddColumn("parameters", Column::COST);
    for (int i = 0; i < kCells; ++i) cost.add_mean(1000 + i);

    *scores_.mutable_provenance() = MakeProvenance(
        "analysis:collect_ntk_scores", "portable", {{"records", "r"}});
    scores_.set_setting("calibrated");
    scores_.set_dataset("cifar10");
    scores_.mutable_spec()->set_images(20);
    scores_.mutable_spec()->mutable_attack()->set_steps(5);
    scores_.add_seeds(0);
    NtkScoreColumn& clean = AddScores("clean", KernelScore::CLEAN, {});
    NtkScoreColumn& small = AddScores("robust_3", KernelScore::ROBUST, 3);
    NtkScoreColumn& large = AddScores("robust_8", KernelScore::ROBUST, 8);
    for (const double value : skill) {
      const double noise = normal();
      clean.add_value(value + noise);
      small.add_value(value + noise);
      large.add_value(value + noise / 3);
    }
    spec_.set_dataset("cifar10");
    spec_.mutable_sample()->set_metric("pgd_8");
    spec_.mutable_sample()->set_strata(1);
    spec_.mutable_sample()->set_cells_per_stratum(kCells);
    spec_.mutable_sample()->set_seed(1);
    for (const char* metric : {"clean", "pgd_3", "pgd_8"}) {
      spec_.add_metrics(metric);
    }
    spec_.set_resamples(200);
    spec_.set_bootstrap_seed(1);
    spec_.set_least_gain(.05);
  }

  Column& AddColumn(const std::string& metric, Column::Kind kind) {
    Column& column = *table_.add_columns();
    column.mutable_key()->set_dataset("cifar10");
    column.mutable_key()->set_metric(metric);
    column.set_kind(kind);
    return column;
  }

  NtkScoreColumn& AddScores(const std::string& kernel, KernelScore::Kind kind,
                            std::optional<double> epsilon) {
    NtkScoreColumn& column = *scores_.add_columns();
    column.mutable_name()->set_kernel(kernel);
    column.mutable_name()->set_kind(kind);
    if (epsilon) column.mutable_name()->set_epsilon(*epsilon);
    column.mutable_name()->set_score("min_eigenvalue");
    return column;
  }

  absl::StatusOr<NtkStudy> Try() {
    const auto table = BenchmarkTable::Make("t", table_);
    EXPECT_TRUE(table.ok()) << table.status();
    return ComputeNtkStudy(*table, "spec", spec_, {{"scores", scores_}});
  }
  // Holds a claim against a study alone, without statistics of the table.
  Claim ClaimOf(Claim (*make)(const ClaimInputs&), const NtkStudy& study) {
    const auto table = BenchmarkTable::Make("table", table_);
    EXPECT_TRUE(table.ok()) << table.status();
    const Statistics none;
    return make({.table = *table, .statistics = none, .ntk_study = &study});
  }

  NtkStudy Make() {
    auto study = Try();
    EXPECT_TRUE(study.ok()) << study.status();
    return *std::move(study);
  }
  std::string Message() { return std::string(Try().status().message()); }

  Table table_;
  NtkScores scores_;
  NtkStudySpec spec_;
};

std::vector<double> Values(const google::protobuf::RepeatedField<double>& x) {
  return {x.begin(), x.end()};
}

TEST_F(NtkStudyTest, CoefficientsAreThoseOfTheValues) {
  const NtkStudy study = Make();
  ASSERT_EQ(study.settings_size(), 1);
  const NtkSettingStudy& setting = study.settings(0);
  EXPECT_EQ(setting.cells(), kCells);
  const auto accuracy = Values(table_.columns(2).mean());
  const auto score = Values(scores_.columns(2).value());
  const NtkCorrelation* found =
      FindNtkCorrelation(setting, "robust_8", "min_eigenvalue", "pgd_8");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->spearman(), *Spearman(score, accuracy));
  EXPECT_EQ(found->kendall(), *KendallTauB(score, accuracy));
  EXPECT_EQ(study.metric_labels(2), "PGD 8");
  // Costs stand behind the scores.
  ASSERT_EQ(setting.scores_size(), 4);
  EXPECT_EQ(setting.scores(3).name().score(), "parameters");
  EXPECT_FALSE(setting.scores(3).name().has_kernel());
}

// A normal law's bootstrap interval is that of Bonett and Wright, but for the
// bootstrap's own noise.
TEST_F(NtkStudyTest, IntervalsOfANormalLaw) {
  spec_.set_resamples(2000);
  const NtkStudy study = Make();
  for (const char* kernel : {"clean", "robust_8"}) {
    const NtkCorrelation* found = FindNtkCorrelation(study.settings(0), kernel,
                                                     "min_eigenvalue", "pgd_8");
    const auto closed = SpearmanInterval(found->spearman(), kCells);
    EXPECT_NEAR(found->spearman_low(), closed->first, .015) << kernel;
    EXPECT_NEAR(found->spearman_high(), closed->second, .015) << kernel;
    const auto kendall = KendallInterval(found->kendall(), kCells);
    EXPECT_NEAR(found->kendall_low(), kendall->first, .02) << kernel;
    EXPECT_NEAR(found->kendall_high(), kendall->second, .02) << kernel;
  }
}

TEST_F(NtkStudyTest, DifferencesArePaired) {
  const NtkStudy study = Make();
  const NtkSettingStudy& setting = study.settings(0);
  const NtkContrast* same =
      FindNtkContrast(setting, "robust_3", "clean", "min_eigenvalue", "pgd_3");
  ASSERT_NE(same, nullptr);
  EXPECT_EQ(same->difference(), 0);
  EXPECT_EQ(same->low(), 0);
  EXPECT_EQ(same->high(), 0);
  const auto rho = [&](const char* kernel, const char* metric) {
    return FindNtkCorrelation(setting, kernel, "min_eigenvalue", metric)
        ->spearman();
  };
  const NtkContrast* gain =
      FindNtkContrast(setting, "robust_8", "clean", "min_eigenvalue", "pgd_8");
  ASSERT_NE(gain, nullptr);
  EXPECT_DOUBLE_EQ(gain->difference(),
                   rho("robust_8", "pgd_8") - rho("clean", "pgd_8"));
  EXPECT_GT(gain->low(), .15);
  // The noise is shared, so the difference is known better than either
  // coefficient.
  const NtkCorrelation* clean =
      FindNtkCorrelation(setting, "clean", "min_eigenvalue", "pgd_8");
  EXPECT_LT(gain->high() - gain->low(),
            clean->spearman_high() - clean->spearman_low());
  ASSERT_EQ(setting.growths_size(), 1);
  const NtkGrowth& growth = setting.growths(0);
  EXPECT_EQ(growth.kernel(), "robust_8");
  EXPECT_EQ(growth.smaller_kernel(), "robust_3");
  EXPECT_EQ(growth.metric(), "pgd_8");
  EXPECT_EQ(growth.smaller_metric(), "pgd_3");
  EXPECT_DOUBLE_EQ(growth.difference(), gain->difference());
  EXPECT_NE(FindNtkContrast(setting, "robust_8", "robust_3", "min_eigenvalue",
                            "clean"),
            nullptr);
}

// A score that follows accuracy closely, but against the theory, gains nothing.
TEST_F(NtkStudyTest, GainsAreSignedByTheTheory) {
  EXPECT_EQ(PredictedSign("min_eigenvalue"), 1);
  EXPECT_EQ(PredictedSign("condition_number"), -1);
  EXPECT_EQ(PredictedSign("eigenvalue_ratio_8"), -1);
  EXPECT_EQ(PredictedSign("label_complexity"), -1);
  EXPECT_EQ(PredictedSign("parameters"), 0);
  for (double& value : *scores_.mutable_columns(2)->mutable_value()) {
    value = -value;
  }
  const NtkStudy turned = Make();
  EXPECT_EQ(turned.settings(0).scores(2).predicted_sign(), 1);
  EXPECT_FALSE(turned.settings(0).scores(3).has_predicted_sign());
  EXPECT_LT(turned.settings(0).growths(0).high(), 0);
  const Claim robust = ClaimOf(RobustNtkPredictsBetter, turned);
  // No gain at either epsilon can be as large as the least that counts.
  EXPECT_EQ(robust.verdict(), Claim::DOES_NOT_HOLD);
  EXPECT_THAT(robust.reason(), HasSubstr("against the sign"));
  // Here the same numbers are a score that should fall where accuracy rises.
  for (NtkScoreColumn& column : *scores_.mutable_columns()) {
    column.mutable_name()->set_score("condition_number");
  }
  const NtkStudy falling = Make();
  EXPECT_EQ(falling.settings(0).scores(2).predicted_sign(), -1);
  EXPECT_GT(falling.settings(0).growths(0).low(), 0);
}

// Two comparisons and a growth take wider intervals than one of them alone.
TEST_F(NtkStudyTest, JointIntervalsCountTheComparisons) {
  // The robust scores equal those of the clean kernel, so there is no gain, and
  // no doubt of that.
  const NtkStudy alike = Make();
  const NtkContrast* same = FindNtkContrast(alike.settings(0), "robust_3",
                                            "clean", "min_eigenvalue", "pgd_3");
  EXPECT_EQ(same->joint().outcome(), AT_MOST_LITTLE_BETTER);
  EXPECT_EQ(same->joint().high(), 0);
  Normal normal(4);
  for (double& value : *scores_.mutable_columns(1)->mutable_value()) {
    value += normal();
  }
  const NtkStudy study = Make();
  const NtkSettingStudy& setting = study.settings(0);
  EXPECT_EQ(setting.comparisons(), 3);
  EXPECT_GT(setting.joint_errors(), 1.96);
  EXPECT_LT(setting.joint_errors(), 3);
  const NtkContrast* gain =
      FindNtkContrast(setting, "robust_8", "clean", "min_eigenvalue", "pgd_8");
  ASSERT_TRUE(gain->has_joint());
  EXPECT_GT(gain->joint().high() - gain->joint().low(),
            gain->high() - gain->low());
  EXPECT_NEAR((gain->joint().low() + gain->joint().high()) / 2,
              gain->difference(), 1e-12);
  EXPECT_EQ(gain->joint().outcome(), BETTER);
  // A gain counts neither by the accuracy under another epsilon's attack nor
  // against another epsilon's kernel.
  EXPECT_FALSE(
      FindNtkContrast(setting, "robust_8", "clean", "min_eigenvalue", "pgd_3")
          ->has_joint());
  EXPECT_FALSE(FindNtkContrast(setting, "robust_8", "robust_3",
                               "min_eigenvalue", "pgd_8")
                   ->has_joint());
  // With this least gain the whole interval lies below it.
  spec_.set_least_gain(.9);
  EXPECT_EQ(FindNtkContrast(Make().settings(0), "robust_8", "clean",
                            "min_eigenvalue", "pgd_8")
                ->joint()
                .outcome(),
            AT_MOST_LITTLE_BETTER);
}

// Scores are accuracy plus what a cell costs. Beyond the cost they are
// accuracy, and costs alone say nothing.
TEST_F(NtkStudyTest, PartialCoefficientsHoldCostsFixed) {
  EXPECT_FALSE(Make().settings(0).scores(0).correlations(0).has_partial());
  Column& cost = AddColumn("multiply_adds", Column::COST);
  Normal normal(3);
  for (int i = 0; i < kCells; ++i) cost.add_mean(1e6 + 100 * (i % 17));
  for (int i = 0; i < kCells; ++i) {
    scores_.mutable_columns(2)->set_value(i, i + normal());
  }
  const NtkStudy study = Make();
  const NtkCorrelation& clean = study.settings(0).scores(0).correlations(2);
  EXPECT_NEAR(clean.partial(), clean.spearman(), .05);
  EXPECT_LT(clean.partial_low(), clean.partial());
  EXPECT_GT(clean.partial_high(), clean.partial());
  const auto parameters = Values(table_.columns(3).mean());
  const auto score = Values(scores_.columns(2).value());
  EXPECT_GT(*Spearman(parameters, score), .99);
  const NtkCorrelation& cheap = study.settings(0).scores(2).correlations(2);
  EXPECT_LT(cheap.partial_low(), 0);
  EXPECT_GT(cheap.partial_high(), 0);
  EXPECT_FALSE(study.settings(0).scores(3).correlations(2).has_partial());
}

TEST_F(NtkStudyTest, DeadCellsAreLeftOut) {
  const NtkStudy all = Make();
  // If a dead cell with such a score were counted, the coefficients would show
  // it.
  scores_.mutable_columns(2)->set_value(7, 1e9);
  EXPECT_NE(Make().settings(0).scores(2).correlations(2).spearman(),
            all.settings(0).scores(2).correlations(2).spearman());
  scores_.add_dead_cells(scores_.cells(7));
  const NtkStudy study = Make();
  EXPECT_EQ(study.settings(0).cells(), kCells - 1);
  ASSERT_EQ(study.settings(0).dead_cells_size(), 1);
  EXPECT_EQ(study.settings(0).dead_cells(0).index(), scores_.cells(7));
  EXPECT_EQ(study.settings(0).dead_cells(0).code(),
            Cell::FromIndex(scores_.cells(7))->Code());
  auto accuracy = Values(table_.columns(2).mean());
  auto score = Values(scores_.columns(2).value());
  accuracy.erase(accuracy.begin() + 7);
  score.erase(score.begin() + 7);
  EXPECT_EQ(study.settings(0).scores(2).correlations(2).spearman(),
            *Spearman(score, accuracy));
}

TEST_F(NtkStudyTest, InfiniteScoresRankLast) {
  const NtkStudy finite = [&] {
    scores_.mutable_columns(0)->set_value(3, 1e300);
    return Make();
  }();
  scores_.mutable_columns(0)->set_value(3, kInfinity);
  EXPECT_EQ(Make().ShortDebugString(), finite.ShortDebugString());
}

TEST_F(NtkStudyTest, ConstantScoresHaveNoCoefficient) {
  for (double& value : *scores_.mutable_columns(1)->mutable_value()) value = 1;
  const NtkStudy study = Make();
  EXPECT_FALSE(study.settings(0).scores(1).correlations(0).has_spearman());
  EXPECT_EQ(FindNtkContrast(study.settings(0), "robust_3", "clean",
                            "min_eigenvalue", "pgd_3"),
            nullptr);
  EXPECT_TRUE(study.settings(0).growths().empty());
}

TEST_F(NtkStudyTest, TheSameBytesAgain) {
  EXPECT_EQ(Make().ShortDebugString(), Make().ShortDebugString());
  const NtkStudy study = Make();
  spec_.set_bootstrap_seed(2);
  const NtkStudy other = Make();
  EXPECT_EQ(other.settings(0).scores(0).correlations(0).spearman(),
            study.settings(0).scores(0).correlations(0).spearman());
  EXPECT_NE(other.settings(0).scores(0).correlations(0).spearman_low(),
            study.settings(0).scores(0).correlations(0).spearman_low());
}

TEST_F(NtkStudyTest, RefusesWhatDoesNotFit) {
  const NtkScores scores = scores_;
  scores_.set_dataset("cifar100");
  EXPECT_THAT(Message(),
              AllOf(HasSubstr("scores: field dataset"), HasSubstr("cifar100")));
  scores_ = scores;
  scores_.set_cells(kCells - 1, 15624);
  EXPECT_THAT(Message(),
              AllOf(HasSubstr("scores: field cells"), HasSubstr("15624")));
  scores_ = scores;
  spec_.mutable_sample()->set_cells_per_stratum(10);
  EXPECT_THAT(Message(), HasSubstr("cells of the sample"));
  spec_.mutable_sample()->set_cells_per_stratum(kCells);
  table_.mutable_columns(1)->set_mean(5, std::nan(""));
  EXPECT_THAT(Message(), HasSubstr("pgd_3"));
  spec_.set_metrics(1, "pgd_4");
  EXPECT_THAT(Message(), HasSubstr("pgd_4"));
  spec_.set_resamples(10);
  EXPECT_THAT(Message(), HasSubstr("spec: field resamples"));
}

TEST_F(NtkStudyTest, VerdictsFollowTheIntervals) {
  NtkStudy study = Make();
  const Claim robust = ClaimOf(RobustNtkPredictsBetter, study);
  ASSERT_EQ(robust.parts_size(), 1);
  EXPECT_EQ(robust.verdict(), Claim::HOLDS);
  EXPECT_THAT(robust.reason(),
              AllOf(HasSubstr("calibrated"), HasSubstr("300 cells"),
                    HasSubstr("robust 8 NTK")));
  EXPECT_EQ(ClaimOf(NtkGainGrows, study).verdict(), Claim::HOLDS);
  NtkSettingStudy& setting = *study.mutable_settings(0);
  NtkJointInterval& joint = *setting.mutable_growths(0)->mutable_joint();
  joint.set_low(-.01);
  joint.set_outcome(OPEN);
  EXPECT_EQ(ClaimOf(NtkGainGrows, study).verdict(), Claim::UNDECIDED);
  joint.set_high(.04);
  joint.set_outcome(AT_MOST_LITTLE_BETTER);
  EXPECT_EQ(ClaimOf(NtkGainGrows, study).verdict(), Claim::DOES_NOT_HOLD);
  // A single score that may be better keeps the claim from being refuted.
  *setting.add_growths() = setting.growths(0);
  setting.mutable_growths(1)->set_score("trace");
  setting.mutable_growths(1)->mutable_joint()->set_outcome(BETTER);
  EXPECT_EQ(ClaimOf(NtkGainGrows, study).verdict(), Claim::UNDECIDED);
}

TEST_F(NtkStudyTest, TablesAndFigureHoldTheNumbers) {
  const NtkStudy study = Make();
  const auto tables = NtkStudyTables(study);
  ASSERT_EQ(tables.size(), 6);
  EXPECT_EQ(tables[0].rows.size(), 4);  // kernels and the cost
  // There are two gains over clean and one over another epsilon.
  EXPECT_EQ(tables[1].rows.size(), 3);
  EXPECT_EQ(tables[2].rows.size(), 1);
  EXPECT_EQ(tables[3].rows.size(), 3);  // the two gains and the growth
  EXPECT_EQ(tables[3].rows[1][6].text, "better");
  EXPECT_EQ(tables[4].rows.size(), 3);
  EXPECT_EQ(tables[5].rows.size(), 3);
  const double rho = study.settings(0).scores(2).correlations(2).spearman();
  EXPECT_EQ(tables[0].rows[2][1].text, "robust 8");
  EXPECT_EQ(tables[0].rows[2][5].number, rho);
  for (const ReportTable& table : tables) {
    for (const auto& row : table.rows) {
      EXPECT_EQ(row.size(), table.columns.size()) << table.name;
    }
  }
  const auto style =
      ReadTextProto<FigureStyle>("analysis/specs/figure_style.textproto");
  ASSERT_TRUE(style.ok()) << style.status();
  const auto figure = MakeNtkStudyFigure(study, style->message);
  ASSERT_TRUE(figure.ok()) << figure.status();
  EXPECT_THAT(figure->data, HasSubstr(absl::StrCat(" ", rho).substr(0, 7)));
  EXPECT_THAT(figure->script,
              AllOf(HasSubstr("ntk_study.svg"), HasSubstr("\"robust 8\"")));
  EXPECT_FALSE(MakeNtkStudyFigure(NtkStudy(), style->message).ok());
}

}  // namespace
}  // namespace robbench
