#include "analysis/collect/collected_records.h"

#include "absl/strings/str_cat.h"

namespace robbench {
namespace {

using Score = std::pair<const char*, double (KernelScore::*)() const>;
constexpr Score kScores[] = {
    {"min_eigenvalue", &KernelScore::min_eigenvalue},
    {"max_eigenvalue", &KernelScore::max_eigenvalue},
    {"condition_number", &KernelScore::condition_number},
    {"trace", &KernelScore::trace},
    {"frobenius_norm", &KernelScore::frobenius_norm},
    {"label_complexity", &KernelScore::label_complexity},
    {"label_alignment", &KernelScore::label_alignment},
};

}  // namespace

std::vector<std::string> ScoreNames(const NtkSpec& spec) {
  std::vector<std::string> names;
  for (const auto& [name, value] : kScores) names.push_back(name);
  for (const uint32_t k : spec.ratio()) {
    names.push_back(absl::StrCat("eigenvalue_ratio_", k));
  }
  return names;
}

std::vector<double> ScoreValues(const KernelScore& score) {
  std::vector<double> values;
  for (const auto& [name, value] : kScores) values.push_back((score.*value)());
  values.insert(values.end(), score.eigenvalue_ratio().begin(),
                score.eigenvalue_ratio().end());
  return values;
}

}  // namespace robbench
