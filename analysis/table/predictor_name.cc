#include "analysis/table/predictor_name.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "nas/base/attack_name.h"
#include "nas/cell.h"
#include "nas/cell_counts.h"
#include "ntk/proxies/proxies.pb.h"

namespace robbench {
namespace {

bool Has(const std::vector<std::string>& names, absl::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsCost(absl::string_view score) {
  return std::find(kCostNames.begin(), kCostNames.end(), score) !=
         kCostNames.end();
}

// Whether a score is of no images.
bool NeedsNoImages(absl::string_view score) {
  return IsCount(score) || score == "l2_norm" || score == "synflow" ||
         score == "zen";
}

}  // namespace

std::vector<std::string> CountNames() {
  std::vector<std::string> names = {"parameters", "multiply_adds"};
  for (auto& [name, count] : NamedCounts(*Cell::FromIndex(0))) {
    names.push_back(name);
  }
  return names;
}

std::vector<std::string> ScoreNames() {
  std::vector<std::string> names;
  for (int score = 0; score < ProxySpec::Score_ARRAYSIZE; ++score) {
    if (!ProxySpec::Score_IsValid(score)) continue;
    names.push_back(absl::AsciiStrToLower(
        ProxySpec::Score_Name(static_cast<ProxySpec::Score>(score))));
  }
  return names;
}

bool IsCount(absl::string_view score) {
  static const auto& names = *new std::vector<std::string>(CountNames());
  return Has(names, score);
}

std::vector<std::string> TrainingNames() {
  return {"short_3000", "short_500", "short_100"};
}

bool IsTraining(absl::string_view score) { return Has(TrainingNames(), score); }

bool IsScoreName(absl::string_view score) {
  static const auto& names = *new std::vector<std::string>(ScoreNames());
  return IsCount(score) || IsTraining(score) || Has(names, score);
}

bool IsLowestFirst(absl::string_view score) {
  for (const absl::string_view name :
       {"count_none", "count_skip_connect", "count_avg_pool_3x3",
        "input_gradient_norm", "local_linearity"}) {
    if (score == name) return true;
  }
  return false;
}

std::string PredictorMetric(absl::string_view score, absl::string_view images) {
  return absl::StrCat(kPredictorPrefix, score, images.empty() ? "" : "_",
                      images);
}

bool SetPredictor(absl::string_view name, Column& column) {
  // "longest_path" begins "longest_path_convolutions" too, so the whole name
  // comes first, then ever shorter ones.
  absl::string_view score = name;
  while (!IsScoreName(score)) {
    const auto end = score.rfind('_');
    if (end == absl::string_view::npos) return false;
    score = score.substr(0, end);
  }
  absl::string_view images = name.substr(score.size());
  absl::ConsumePrefix(&images, "_");
  if (IsCost(score) || images.empty() != NeedsNoImages(score)) return false;
  column.set_kind(Column::PREDICTOR);
  column.set_score(std::string(score));
  if (!images.empty()) column.set_score_images(std::string(images));
  column.set_lowest_first(IsLowestFirst(score));
  return true;
}

std::string PredictorScoreLabel(absl::string_view score) {
  for (const auto& [name, label] :
       {std::pair<absl::string_view, absl::string_view>{"snip", "SNIP"},
        {"grasp", "GraSP"},
        {"synflow", "SynFlow"},
        {"fisher", "Fisher"},
        {"jacobian_covariance", "Jacobian covariance"},
        {"naswot", "NASWOT"},
        {"zen", "Zen"},
        {"zico", "ZiCo"},
        {"epe_nas", "EPE-NAS"},
        {"croze", "CRoZe"},
        {"multiply_adds", "multiply-adds"},
        {"l2_norm", "L2 norm"}}) {
    if (score == name) return std::string(label);
  }
  if (IsTraining(score)) {
    absl::ConsumePrefix(&score, "short_");
    return absl::StrCat("1/", score, " of a training");
  }
  return absl::StrReplaceAll(score, {{"_", " "}});
}

std::string PredictorImagesLabel(absl::string_view images) {
  for (const absl::string_view attack : {"fgsm", "pgd"}) {
    absl::string_view epsilon = images;
    if (absl::ConsumePrefix(&epsilon, absl::StrCat(attack, "_"))) {
      return absl::StrCat(absl::AsciiStrToUpper(attack), " ", epsilon, "/255");
    }
  }
  return absl::StrReplaceAll(images, {{"_", " "}});
}

}  // namespace robbench
