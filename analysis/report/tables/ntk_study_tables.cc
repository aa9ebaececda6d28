#include "analysis/report/tables/ntk_study_tables.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analysis/statistics/coefficient_text.h"
#include "analysis/studies/ntk/ntk_study_text.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "google/protobuf/repeated_field.h"

namespace robbench {
namespace {

ReportCell Text(std::string text) { return {std::move(text)}; }

ReportCell Number(double value, double low, double high) {
  return {CoefficientAndInterval(value, low, high), value};
}

ReportCell Difference(double value, double low, double high) {
  return {NtkDifferenceText(value, low, high), value};
}

ReportCell Coefficients(const NtkCorrelation& correlation) {
  if (!correlation.has_spearman()) return Text("–");
  if (!correlation.has_spearman_low()) {
    return {Coefficient(correlation.spearman()), correlation.spearman()};
  }
  return Number(correlation.spearman(), correlation.spearman_low(),
                correlation.spearman_high());
}

std::vector<ReportColumn> Columns(const NtkStudy& study,
                                  std::vector<ReportColumn> columns) {
  for (const std::string& label : study.metric_labels()) {
    columns.push_back({label, "", true});
  }
  return columns;
}

ReportCell Agreement(const NtkScoreCorrelations& score) {
  if (!score.has_seed_agreement()) return Text("–");
  return {Coefficient(score.seed_agreement()), score.seed_agreement()};
}

std::string SettingsText(const NtkStudy& study) {
  return absl::StrJoin(
      study.settings(), "; ",
      [](std::string* out, const NtkSettingStudy& setting) {
        absl::StrAppend(out, setting.setting(), ": ", NtkSettingText(setting),
                        ", ", setting.cells(), " live cells");
        if (!setting.dead_cells().empty()) {
          absl::StrAppend(out, " (", setting.dead_cells_size(),
                          " dead left out)");
        }
        absl::StrAppend(out, ", ", setting.seeds_size(), " seeds");
      });
}

ReportTable MainTable(const NtkStudy& study) {
  ReportTable table;
  table.name = "ntk-study";
  table.title = "Smallest eigenvalue of the NTK against published accuracy";
  table.note = absl::StrCat(
      "Spearman's coefficient with its 95% interval (bootstrap over cells), "
      "on ",
      DatasetLabel(study.spec().dataset()), ", ",
      study.spec().sample().cells_per_stratum() *
          study.spec().sample().strata(),
      " cells sampled by ", study.spec().sample().strata(), " strata of ",
      study.spec().sample().metric(),
      ", kernels at initialisation, means over seeds; numbers behind a kernel "
      "are ε in 1/255. Seeds: Spearman between two seeds. The last rows are "
      "costs of the same cells. ",
      SettingsText(study), ".");
  table.columns = Columns(study, {{"setting", "", false},
                                  {"kernel", "", false},
                                  {"seeds", "Spearman between seeds", true}});
  for (const NtkSettingStudy& setting : study.settings()) {
    for (const NtkScoreCorrelations& score : setting.scores()) {
      const bool cost = !score.name().has_kernel();
      if (!cost && score.name().score() != kNtkMainScore) continue;
      auto& row = table.rows.emplace_back();
      row.push_back(Text(setting.setting()));
      row.push_back(
          Text(cost ? absl::StrReplaceAll(score.name().score(), {{"_", " "}})
                    : NtkKernelLabel(score.name().kernel())));
      row.push_back(Agreement(score));
      for (const NtkCorrelation& correlation : score.correlations()) {
        row.push_back(Coefficients(correlation));
      }
    }
  }
  return table;
}

// Adds a row for each pair of kernels, with what is known by metric.
template <typename T>
void AddDifferences(const NtkStudy& study, const std::string& setting,
                    const google::protobuf::RepeatedPtrField<T>& contrasts,
                    ReportTable& table) {
  std::vector<ReportCell>* row = nullptr;
  std::string last;
  for (const T& contrast : contrasts) {
    if (contrast.score() != kNtkMainScore) continue;
    const std::string name =
        absl::StrCat(NtkKernelLabel(contrast.kernel()), " − ",
                     NtkKernelLabel(contrast.against()));
    if (name != last) {
      row = &table.rows.emplace_back();
      *row = {Text(setting), Text(name)};
      for (int m = 0; m < study.spec().metrics_size(); ++m) {
        row->push_back(Text("–"));
      }
      last = name;
    }
    for (int m = 0; m < study.spec().metrics_size(); ++m) {
      if (study.spec().metrics(m) != contrast.metric()) continue;
      (*row)[2 + m] =
          Difference(contrast.difference(), contrast.low(), contrast.high());
    }
  }
}

ReportTable Differences(const NtkStudy& study) {
  ReportTable table;
  table.name = "ntk-study-differences";
  table.title = "What the robust NTK's smallest eigenvalue gains";
  table.note =
      "Differences of two Spearman coefficients on the same cells, with their "
      "95% intervals (paired bootstrap), each interval for itself.";
  table.columns =
      Columns(study, {{"setting", "", false}, {"difference", "", false}});
  for (const NtkSettingStudy& setting : study.settings()) {
    AddDifferences(study, setting.setting(), setting.contrasts(), table);
  }
  return table;
}

ReportTable Growths(const NtkStudy& study) {
  ReportTable table;
  table.name = "ntk-study-growth";
  table.title = "Whether the gain over the clean NTK grows with ε";
  table.note =
      "The gain over the clean NTK at the larger ε, less that at the smaller "
      "one, each with the accuracy under an attack of the same ε: smallest "
      "eigenvalues, Spearman's coefficient, 95% intervals (paired bootstrap), "
      "each interval for itself.";
  table.columns = {{"setting", "", false},
                   {"kernels", "", false},
                   {"accuracies", "", false},
                   {"growth of the gain", "", true}};
  for (const NtkSettingStudy& setting : study.settings()) {
    for (const NtkGrowth& growth : setting.growths()) {
      if (growth.score() != kNtkMainScore) continue;
      table.rows.push_back(
          {Text(setting.setting()),
           Text(absl::StrCat(NtkKernelLabel(growth.smaller_kernel()), " → ",
                             NtkKernelLabel(growth.kernel()))),
           Text(absl::StrCat(NtkMetricLabel(study, growth.smaller_metric()),
                             " → ", NtkMetricLabel(study, growth.metric()))),
           Difference(growth.difference(), growth.low(), growth.high())});
    }
  }
  return table;
}

void AddGain(const NtkStudy& study, const NtkSettingStudy& setting,
             const std::string& score, std::string compared,
             std::string accuracy, double difference, double low, double high,
             const NtkJointInterval& joint, ReportTable& table) {
  table.rows.push_back(
      {Text(setting.setting()), Text(ScoreLabel(score)),
       Text(std::move(compared)), Text(std::move(accuracy)),
       Difference(difference, low, high),
       Difference(difference, joint.low(), joint.high()),
       Text(NtkOutcomeText(joint.outcome(), study.spec().least_gain()))});
}

// Lists every comparison that the paper's claims about the NTK are judged by.
ReportTable Gains(const NtkStudy& study) {
  ReportTable table;
  table.name = "ntk-study-gains";
  table.title = "Robust NTK against clean NTK, every score and ε";
  table.note = absl::StrCat(
      "Differences of Spearman's coefficient with accuracy under PGD of the "
      "kernel's ε, times the sign that the theory predicts for the score: "
      "positive where the robust kernel follows the theory better. The first "
      "interval is of the one comparison (95%, paired bootstrap); the joint "
      "one is such that all of a study's are right together with probability "
      "95% (largest studentised deviation within a setting, 5% divided by the "
      "number of settings). A gain is called better where the joint interval "
      "lies above zero, and at most ",
      absl::StrFormat("%.2f", study.spec().least_gain()),
      " better where it lies below that; the rest is open. This is with our "
      "protocol; the paper's number of cells and images, scalar output and "
      "BatchNorm mode are not known.");
  table.folded = true;
  table.filter = true;
  table.columns = {{"setting", "", false}, {"score", "", false},
                   {"kernels", "", false}, {"accuracy", "", false},
                   {"gain", "", true},     {"joint interval", "", true},
                   {"outcome", "", false}};
  for (const NtkSettingStudy& setting : study.settings()) {
    for (const NtkContrast& contrast : setting.contrasts()) {
      if (!contrast.has_joint()) continue;
      AddGain(study, setting, contrast.score(),
              absl::StrCat(NtkKernelLabel(contrast.kernel()), " − ",
                           NtkKernelLabel(contrast.against())),
              NtkMetricLabel(study, contrast.metric()), contrast.difference(),
              contrast.low(), contrast.high(), contrast.joint(), table);
    }
    for (const NtkGrowth& growth : setting.growths()) {
      if (!growth.has_joint()) continue;
      AddGain(study, setting, growth.score(),
              absl::StrCat("growth, ", NtkKernelLabel(growth.smaller_kernel()),
                           " → ", NtkKernelLabel(growth.kernel())),
              absl::StrCat(NtkMetricLabel(study, growth.smaller_metric()),
                           " → ", NtkMetricLabel(study, growth.metric())),
              growth.difference(), growth.low(), growth.high(), growth.joint(),
              table);
    }
  }
  return table;
}

// Lists what scores say beyond what a cell costs.
ReportTable Partial(const NtkStudy& study) {
  ReportTable table;
  table.name = "ntk-study-partial";
  table.title = "NTK scores beyond parameters and multiply-adds";
  table.note =
      "Spearman's coefficient with the cell's parameters and multiply-adds "
      "held fixed (partial rank correlation), with its 95% interval "
      "(bootstrap over cells).";
  table.folded = true;
  table.filter = true;
  table.columns = Columns(
      study,
      {{"setting", "", false}, {"score", "", false}, {"kernel", "", false}});
  for (const NtkSettingStudy& setting : study.settings()) {
    for (const NtkScoreCorrelations& score : setting.scores()) {
      if (!score.name().has_kernel()) continue;
      auto& row = table.rows.emplace_back();
      row.push_back(Text(setting.setting()));
      row.push_back(Text(ScoreLabel(score.name().score())));
      row.push_back(Text(NtkKernelLabel(score.name().kernel())));
      for (const NtkCorrelation& correlation : score.correlations()) {
        row.push_back(correlation.has_partial_low()
                          ? Number(correlation.partial(),
                                   correlation.partial_low(),
                                   correlation.partial_high())
                          : Text("–"));
      }
    }
  }
  return table;
}

ReportTable AllScores(const NtkStudy& study) {
  ReportTable table;
  table.name = "ntk-study-scores";
  table.title = "All NTK scores against published accuracy";
  table.note =
      "Spearman's coefficient with its 95% interval, then Kendall's tau-b. A "
      "score that grows where accuracy falls has a negative coefficient. "
      "Infinite scores, of singular kernels, rank last.";
  table.folded = true;
  table.filter = true;
  table.columns = Columns(study, {{"setting", "", false},
                                  {"score", "", false},
                                  {"kernel", "", false},
                                  {"seeds", "Spearman between seeds", true}});
  for (const NtkSettingStudy& setting : study.settings()) {
    for (const NtkScoreCorrelations& score : setting.scores()) {
      if (!score.name().has_kernel()) continue;
      auto& row = table.rows.emplace_back();
      row.push_back(Text(setting.setting()));
      row.push_back(Text(ScoreLabel(score.name().score())));
      row.push_back(Text(NtkKernelLabel(score.name().kernel())));
      row.push_back(Agreement(score));
      for (const NtkCorrelation& correlation : score.correlations()) {
        ReportCell cell = Coefficients(correlation);
        if (correlation.has_kendall()) {
          absl::StrAppend(&cell.text, "; ", Coefficient(correlation.kendall()));
        }
        row.push_back(std::move(cell));
      }
    }
  }
  return table;
}

}  // namespace

std::vector<ReportTable> NtkStudyTables(const NtkStudy& study) {
  return {MainTable(study), Differences(study), Growths(study),
          Gains(study),     Partial(study),     AllScores(study)};
}

}  // namespace robbench
