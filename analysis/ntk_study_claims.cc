#include "analysis/ntk_study_claims.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "analysis/ntk_study.h"
#include "analysis/ntk_study_tables.h"
#include "analysis/report_words.h"
#include "ntk/ntk.pb.h"

namespace robbench {
namespace {

// What the comparisons of one claim say in one setting.
struct Tally {
  int better = 0, at_most_little = 0, open = 0;

  void Add(NtkOutcome outcome) {
    better += outcome == BETTER;
    at_most_little += outcome == AT_MOST_LITTLE_BETTER;
    open += outcome == OPEN;
  }
  Claim::Verdict Verdict(NtkOutcome main) const {
    if (main == BETTER) return Claim::HOLDS;
    return better + open == 0 ? Claim::DOES_NOT_HOLD : Claim::UNDECIDED;
  }
  std::string Text(double least_gain) const {
    return absl::StrCat("of the gains of all scores and ε, ", better,
                        " better, ", at_most_little, " ",
                        NtkOutcomeText(AT_MOST_LITTLE_BETTER, least_gain), ", ",
                        open, " open");
  }
};

// Estimate, interval of its own, joint interval and outcome.
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

// A setting of twice kernels has once more the kernels of the setting that is
// the same but for them.
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

// How the robust kernel gains under PGD, of the largest epsilon.
const NtkGrowth* StrongestPgd(const NtkSettingStudy& setting) {
  for (const NtkGrowth& growth : setting.growths()) {
    if (growth.score() == kNtkMainScore && growth.has_joint()) {
      return &growth;
    }
  }
  return nullptr;
}

std::string Spearman(const NtkSettingStudy& setting, const std::string& kernel,
                     const std::string& metric) {
  const NtkCorrelation* found =
      FindNtkCorrelation(setting, kernel, kNtkMainScore, metric);
  if (found == nullptr || !found->has_spearman_low()) return "undefined";
  return absl::StrCat(
      CoefficientAndInterval(found->spearman(), found->spearman_low(),
                             found->spearman_high()),
      // The smallest eigenvalue should grow with accuracy.
      found->spearman_high() < 0
          ? ", against the sign that the theory predicts,"
          : "");
}

}  // namespace

std::vector<NtkVerdict> RobustNtkVerdicts(const NtkStudy& study) {
  std::vector<NtkVerdict> verdicts;
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
    verdicts.push_back(
        {tally.Verdict(contrast->joint().outcome()),
         absl::StrCat(
             Where(setting), ": Spearman with ", NtkMetricLabel(study, metric),
             " is ", Spearman(setting, kernel, metric),
             " for the smallest eigenvalue of the ", NtkKernelLabel(kernel),
             " NTK, ", Spearman(setting, "clean", metric),
             " of the clean one, a gain of ", GainText(study, *contrast), "; ",
             tally.Text(study.spec().least_gain()))});
  }
  return verdicts;
}

std::vector<NtkVerdict> NtkGrowthVerdicts(const NtkStudy& study) {
  std::vector<NtkVerdict> verdicts;
  for (const NtkSettingStudy& setting : study.settings()) {
    if (IsRepeated(study, setting)) continue;
    const NtkGrowth* growth = StrongestPgd(setting);
    if (growth == nullptr) continue;
    Tally tally;
    for (const NtkGrowth& any : setting.growths()) {
      if (any.has_joint()) tally.Add(any.joint().outcome());
    }
    verdicts.push_back(
        {tally.Verdict(growth->joint().outcome()),
         absl::StrCat(Where(setting), ": the gain over the clean NTK for ",
                      NtkKernelLabel(growth->kernel()), " and ",
                      NtkMetricLabel(study, growth->metric()),
                      " less that for ",
                      NtkKernelLabel(growth->smaller_kernel()), " and ",
                      NtkMetricLabel(study, growth->smaller_metric()), " is ",
                      GainText(study, *growth), "; ",
                      tally.Text(study.spec().least_gain()))});
  }
  return verdicts;
}

}  // namespace robbench
