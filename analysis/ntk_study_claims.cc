#include "analysis/ntk_study_claims.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/ntk_study.h"
#include "analysis/ntk_study_tables.h"
#include "analysis/report_words.h"
#include "ntk/ntk.pb.h"

namespace robbench {
namespace {

Claim::Verdict OfInterval(double low, double high) {
  if (low > 0) return Claim::HOLDS;
  if (high < kLeastNtkGain) return Claim::DOES_NOT_HOLD;
  return Claim::UNDECIDED;
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
    if (growth.score() == kNtkMainScore &&
        absl::StartsWith(growth.kernel(), "robust_") &&
        !absl::StartsWith(growth.kernel(), "robust_twice") &&
        absl::StartsWith(growth.metric(), "pgd_")) {
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
  return CoefficientAndInterval(found->spearman(), found->spearman_low(),
                                found->spearman_high());
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
    if (contrast == nullptr) continue;
    verdicts.push_back(
        {OfInterval(contrast->low(), contrast->high()),
         absl::StrCat(
             Where(setting), ": Spearman with ", NtkMetricLabel(study, metric),
             " is ", Spearman(setting, kernel, metric),
             " for the smallest eigenvalue of the ", NtkKernelLabel(kernel),
             " NTK, ", Spearman(setting, "clean", metric),
             " of the clean one, a gain in magnitude of ",
             NtkDifferenceText(contrast->difference(), contrast->low(),
                               contrast->high()))});
  }
  return verdicts;
}

std::vector<NtkVerdict> NtkGrowthVerdicts(const NtkStudy& study) {
  std::vector<NtkVerdict> verdicts;
  for (const NtkSettingStudy& setting : study.settings()) {
    if (IsRepeated(study, setting)) continue;
    const NtkGrowth* growth = StrongestPgd(setting);
    if (growth == nullptr) continue;
    verdicts.push_back(
        {OfInterval(growth->low(), growth->high()),
         absl::StrCat(Where(setting), ": the gain over the clean NTK is ",
                      NtkDifferenceText(growth->difference(), growth->low(),
                                        growth->high()),
                      " larger for ", NtkKernelLabel(growth->kernel()), " and ",
                      NtkMetricLabel(study, growth->metric()), " than for ",
                      NtkKernelLabel(growth->smaller_kernel()), " and ",
                      NtkMetricLabel(study, growth->smaller_metric()))});
  }
  return verdicts;
}

}  // namespace robbench
