// Makes the paper's claims about the NTK (Fig. 5). A table's own scores decide
// by the intervals of two coefficients. An NTK study decides setting by
// setting, by the joint intervals of ntk_study.proto. The smallest eigenvalue
// at the largest epsilon is the score that the paper names.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claim_parts.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/statistics/coefficient_text.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/studies/ntk/ntk_study.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/studies/ntk/ntk_study_text.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "ntk/ntk.pb.h"

namespace robbench {
namespace {

constexpr char kJoint[] =
    "95 %, jointly with all comparisons of the study (bootstrap over cells, "
    "largest studentised deviation)";

// Counts how the comparisons of one claim came out in one setting.
struct Tally {
  int better = 0, at_most_little = 0, open = 0;

  void Add(NtkOutcome outcome) {
    better += outcome == BETTER;
    at_most_little += outcome == AT_MOST_LITTLE_BETTER;
    open += outcome == OPEN;
  }
  std::string Text(double least_gain) const {
    return absl::StrCat("of the gains of all scores and ε, ", better,
                        " better, ", at_most_little, " ",
                        NtkOutcomeText(AT_MOST_LITTLE_BETTER, least_gain), ", ",
                        open, " open");
  }
};

// Returns a gain in words: the estimate, its own interval, the joint interval
// and the outcome.
template <typename T>
std::string GainText(const NtkStudy& study, const T& gain) {
  return absl::StrCat(
      NtkDifferenceText(gain.difference(), gain.low(), gain.high()),
      ", jointly ", NtkIntervalText(gain.joint().low(), gain.joint().high()),
      ": ", NtkOutcomeText(gain.joint().outcome(), study.spec().least_gain()));
}

std::string Where(const NtkSettingStudy& setting) {
  return absl::StrCat(setting.setting(), " (", NtkSettingText(setting), "; ",
                      setting.cells(), " cells)");
}

// Returns whether a setting with twice kernels repeats the other kernels of a
// setting that is equal apart from them.
bool IsRepeated(const NtkStudy& study, const NtkSettingStudy& setting) {
  if (!setting.spec().twice()) return false;
  NtkSpec once = setting.spec();
  once.set_twice(false);
  return std::any_of(study.settings().begin(), study.settings().end(),
                     [&](const NtkSettingStudy& other) {
                       return other.spec().SerializeAsString() ==
                              once.SerializeAsString();
                     });
}

// Returns the growth of the robust kernel's gain under PGD at the largest
// epsilon.
const NtkGrowth* StrongestPgd(const NtkSettingStudy& setting) {
  for (const NtkGrowth& growth : setting.growths()) {
    if (growth.score() == kNtkMainScore && growth.has_joint()) {
      return &growth;
    }
  }
  return nullptr;
}

std::string Protocol(const NtkSettingStudy& setting) {
  return absl::StrCat("NTK at initialisation, ", Where(setting),
                      ", means over ", setting.seeds_size(),
                      " seeds; published accuracies");
}

// Adds the coefficient of the main score to the evidence and returns it in
// words.
std::string Spearman(const NtkStudy& study, const NtkSettingStudy& setting,
                     const std::string& kernel, const std::string& metric,
                     const std::string& id, Claim::Part& part) {
  const NtkCorrelation* found =
      FindNtkCorrelation(setting, kernel, kNtkMainScore, metric);
  if (found == nullptr || !found->has_spearman_low()) return "undefined";
  Estimate& estimate = AddEstimate(
      id,
      absl::StrCat("Spearman's coefficient, smallest eigenvalue of the ",
                   NtkKernelLabel(kernel), " NTK and ",
                   NtkMetricLabel(study, metric)),
      "coefficient", found->spearman(), {study.spec().dataset()},
      Protocol(setting), part);
  estimate.set_low(found->spearman_low());
  estimate.set_high(found->spearman_high());
  estimate.set_interval("95 %, bootstrap over cells");
  return absl::StrCat(
      CoefficientAndInterval(found->spearman(), found->spearman_low(),
                             found->spearman_high()),
      // The theory predicts that the smallest eigenvalue grows with accuracy.
      found->spearman_high() < 0
          ? ", against the sign that the theory predicts,"
          : "");
}

// Adds the gain that the claim is about, and how all gains like it came out.
template <typename T>
void AddGain(const NtkStudy& study, const NtkSettingStudy& setting,
             const T& gain, const Tally& tally, absl::string_view name,
             Claim::Part& part) {
  const std::vector<std::string> datasets = {study.spec().dataset()};
  const std::string protocol = Protocol(setting);
  Estimate& estimate = AddEstimate("gain", name, "coefficient",
                                   gain.difference(), datasets, protocol, part);
  estimate.set_low(gain.joint().low());
  estimate.set_high(gain.joint().high());
  estimate.set_interval(kJoint);
  const auto add_count = [&](absl::string_view id, NtkOutcome outcome,
                             int count) {
    AddEstimate(
        id,
        absl::StrCat("gains of any score and ε, ",
                     NtkOutcomeText(outcome, study.spec().least_gain())),
        "gains", count, datasets, protocol, part);
  };
  add_count("better", BETTER, tally.better);
  add_count("at_most_little", AT_MOST_LITTLE_BETTER, tally.at_most_little);
  add_count("open", OPEN, tally.open);
}

ClaimRule StudyRule(const NtkStudy* study, const std::string& without_study) {
  ClaimRule rule;
  std::string words = without_study;
  NtkGain& gain = *rule.mutable_ntk_gain();
  if (study != nullptr) {
    gain.set_least_gain(study->spec().least_gain());
    words = absl::StrFormat(
        "By setting of the NTK study, gains signed as the theory predicts and "
        "their joint intervals: holds where that of the smallest eigenvalue "
        "at the largest ε lies above 0 and reaches %.2f, does not hold where "
        "no gain of any score and ε can be %.2f, and is undecided otherwise.",
        gain.least_gain(), gain.least_gain());
  }
  rule.set_words(words);
  return rule;
}

constexpr char kProtocolLimits[] =
    "The paper's own protocol: how many cells and images, which scalar output "
    "and BatchNorm mode it used is not known.";

// Adds a part for each setting of the study: whether the robust NTK at the
// largest epsilon predicts accuracy under PGD of that epsilon better than the
// clean one.
void AddStudy(const NtkStudy& study, Claim& claim) {
  for (const NtkSettingStudy& setting : study.settings()) {
    if (IsRepeated(study, setting)) continue;
    const NtkGrowth* strongest = StrongestPgd(setting);
    if (strongest == nullptr) continue;
    const std::string& kernel = strongest->kernel();
    const std::string& metric = strongest->metric();
    const NtkContrast* contrast =
        FindNtkContrast(setting, kernel, "clean", kNtkMainScore, metric);
    if (contrast == nullptr || !contrast->has_joint()) continue;
    Tally tally;
    for (const NtkContrast& any : setting.contrasts()) {
      if (any.has_joint()) tally.Add(any.joint().outcome());
    }
    Claim::Part part;
    AddGain(study, setting, *contrast, tally,
            absl::StrCat("gain of the ", NtkKernelLabel(kernel),
                         " NTK over the clean one"),
            part);
    const std::string robust =
        Spearman(study, setting, kernel, metric, "robust", part);
    const std::string clean =
        Spearman(study, setting, "clean", metric, "clean", part);
    AddPart(Where(setting),
            absl::StrCat("Spearman with ", NtkMetricLabel(study, metric),
                         " is ", robust, " for the smallest eigenvalue of the ",
                         NtkKernelLabel(kernel), " NTK, ", clean,
                         " of the clean one, a gain of ",
                         GainText(study, *contrast), "; ",
                         tally.Text(study.spec().least_gain())),
            std::move(part), claim);
  }
}

// Finds the correlation of a table's smallest eigenvalue, of the largest
// epsilon, with the ranking metric.
const Correlation* TableScore(const ClaimInputs& inputs, const Column& metric,
                              KernelScore::Kind kind, const Column** score) {
  const Correlation* largest = nullptr;
  double epsilon = -1;
  for (const Column* column :
       inputs.table.Columns(metric.key().dataset(), Column::NTK_SCORE)) {
    if (column->kernel_kind() != kind || column->epsilon() <= epsilon ||
        column->score() != kNtkMainScore) {
      continue;
    }
    const Correlation* found =
        FindCorrelation(inputs.statistics, column->key(), metric.key());
    if (found == nullptr || !found->has_spearman()) continue;
    largest = found;
    epsilon = column->epsilon();
    *score = column;
  }
  return largest;
}

}  // namespace

Claim RobustNtkPredictsBetter(const ClaimInputs& inputs) {
  Claim claim = NewClaim(
      "robust_ntk_predicts_better",
      "The robust NTK predicts robust accuracy better than the clean one",
      "Fig. 5",
      inputs.ntk_study == nullptr ? "ntk_against_accuracy" : "ntk_study");
  *claim.mutable_rule() = StudyRule(
      inputs.ntk_study,
      "By Spearman's coefficient of the smallest eigenvalue with robust "
      "accuracy: holds where the 95 % interval for the robust NTK lies above "
      "that for the clean one, does not hold where it lies below, and is "
      "undecided where they overlap.");
  claim.set_not_covered(kProtocolLimits);
  for (const DatasetStatistics& dataset : inputs.statistics.datasets()) {
    const Column& metric =
        RankingColumn(inputs.table, inputs.statistics, dataset);
    const Column *clean_score = nullptr, *robust_score = nullptr;
    const Correlation* clean =
        TableScore(inputs, metric, KernelScore::CLEAN, &clean_score);
    const Correlation* robust =
        TableScore(inputs, metric, KernelScore::ROBUST, &robust_score);
    if (clean == nullptr || robust == nullptr) continue;
    Claim::Part part;
    AddSpearman(inputs.table, *robust, *robust_score, metric, "robust", part);
    AddSpearman(inputs.table, *clean, *clean_score, metric, "clean", part);
    Claim::Part& added =
        AddPart(DatasetLabel(dataset.dataset()),
                absl::StrCat("Spearman with ", MetricLabel(metric), " is ",
                             WithInterval(*robust),
                             " for the smallest eigenvalue of the robust NTK, ",
                             WithInterval(*clean), " of the clean one"),
                std::move(part), claim);
    if (added.verdict() == Claim::UNDECIDED) {
      absl::StrAppend(added.mutable_reason(), ": the intervals overlap");
    }
  }
  if (inputs.ntk_study != nullptr) AddStudy(*inputs.ntk_study, claim);
  return Decided("The table has no NTK scores.", std::move(claim));
}

// Tests whether that gain is larger than the gain at the smallest epsilon, with
// the accuracy under PGD of the smallest epsilon.
Claim NtkGainGrows(const ClaimInputs& inputs) {
  Claim claim = NewClaim("ntk_gain_grows",
                         "The robust NTK predicts better the larger ε is",
                         "Fig. 5", "ntk_study");
  *claim.mutable_rule() =
      StudyRule(inputs.ntk_study,
                "By the joint intervals of an NTK study, which this report "
                "does not have.");
  claim.set_not_covered(kProtocolLimits);
  if (inputs.ntk_study != nullptr) {
    const NtkStudy& study = *inputs.ntk_study;
    for (const NtkSettingStudy& setting : study.settings()) {
      if (IsRepeated(study, setting)) continue;
      const NtkGrowth* growth = StrongestPgd(setting);
      if (growth == nullptr) continue;
      Tally tally;
      for (const NtkGrowth& any : setting.growths()) {
        if (any.has_joint()) tally.Add(any.joint().outcome());
      }
      Claim::Part part;
      AddGain(study, setting, *growth, tally,
              "gain over the clean NTK at the larger ε, less that at the "
              "smaller",
              part);
      AddPart(Where(setting),
              absl::StrCat("the gain over the clean NTK for ",
                           NtkKernelLabel(growth->kernel()), " and ",
                           NtkMetricLabel(study, growth->metric()),
                           " less that for ",
                           NtkKernelLabel(growth->smaller_kernel()), " and ",
                           NtkMetricLabel(study, growth->smaller_metric()),
                           " is ", GainText(study, *growth), "; ",
                           tally.Text(study.spec().least_gain())),
              std::move(part), claim);
    }
  }
  return Decided(
      "This needs NTK scores at several ε and accuracies under "
      "them, as the NTK study has them.",
      std::move(claim));
}

}  // namespace robbench
