#include "analysis/studies/ntk/ntk_study_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "ntk/ntk.pb.h"

namespace robbench {

std::string NtkKernelLabel(const std::string& kernel) {
  return absl::StrReplaceAll(kernel, {{"_", " "}});
}

std::string NtkDifferenceText(double value, double low, double high) {
  return absl::StrCat(
      absl::StrReplaceAll(absl::StrFormat("%+.3f ", value), {{"-", "−"}}),
      NtkIntervalText(low, high));
}

std::string NtkIntervalText(double low, double high) {
  return absl::StrReplaceAll(absl::StrFormat("[%+.3f, %+.3f]", low, high),
                             {{"-", "−"}});
}

std::string NtkOutcomeText(NtkOutcome outcome, double least_gain) {
  switch (outcome) {
    case BETTER:
      return "better";
    case AT_MOST_LITTLE_BETTER:
      return absl::StrFormat("at most %.2f better", least_gain);
    case OPEN:
      return "open";
  }
  return "";
}

std::string NtkMetricLabel(const NtkStudy& study, const std::string& metric) {
  for (int m = 0; m < study.metric_labels_size(); ++m) {
    if (study.spec().metrics(m) == metric) return study.metric_labels(m);
  }
  return metric;
}

std::string NtkSettingText(const NtkSettingStudy& setting) {
  const NtkSpec& spec = setting.spec();
  const auto words = [](const std::string& name) {
    return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", " "}});
  };
  return absl::StrCat("BatchNorm ",
                      words(NtkSpec::BatchNorm_Name(spec.batch_norm())), ", ",
                      words(NtkSpec::Scalar_Name(spec.scalar())), ", ",
                      spec.images(), " images, PGD-", spec.attack().steps());
}

}  // namespace robbench
