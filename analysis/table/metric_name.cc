#include "analysis/table/metric_name.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "analysis/table/predictor_name.h"
#include "ntk/ntk.pb.h"
#include "training/attack_suite.pb.h"

namespace robbench {
namespace {

bool IsNumber(absl::string_view text) {
  return !text.empty() && absl::ascii_isdigit(text.front()) &&
         absl::ascii_isdigit(text.back()) &&
         std::count(text.begin(), text.end(), '.') <= 1 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(c) || c == '.'; });
}

// A name with blanks in place of "_".
std::string Words(absl::string_view name) {
  return absl::StrReplaceAll(name, {{"_", " "}});
}

// A label for a metric of which nothing but its name is known.
std::string MetricWords(absl::string_view name) {
  if (name == "multiply_adds") return "multiply-adds";
  if (name == "autoattack") return "AutoAttack";
  return Words(name);
}

// The label of an attack: "PGD 8" if `brief`, else "PGD-20, ε = 8/255".
std::string LabelAt(double epsilon, absl::string_view name,
                    absl::string_view what, bool brief) {
  return brief ? absl::StrCat(name, " ", epsilon)
               : absl::StrCat(name, what, ", ε = ", epsilon, "/255");
}

std::string AttackLabel(const Attack& attack, bool brief) {
  switch (attack.kind_case()) {
    case Attack::kClean:  // "clean", or the corruption: "fog_3"
      return Words(attack.name());
    case Attack::kFgsm:
      return LabelAt(attack.fgsm().epsilon(), "FGSM", "", brief);
    case Attack::kPgd:
      return LabelAt(attack.pgd().epsilon(), "PGD",
                     absl::StrCat("-", attack.pgd().steps()), brief);
    case Attack::kApgd:
      return LabelAt(
          attack.apgd().epsilon(),
          attack.apgd().loss() == ApgdAttack::DLR ? "APGD-DLR" : "APGD-CE",
          absl::StrCat("-", attack.apgd().steps()), brief);
    case Attack::kTargetedApgd:
      return LabelAt(attack.targeted_apgd().epsilon(), "APGD-T",
                     absl::StrCat("-", attack.targeted_apgd().steps()), brief);
    case Attack::kFab:
      return LabelAt(attack.fab().epsilon(), "FAB-T",
                     absl::StrCat("-", attack.fab().steps()), brief);
    case Attack::kSquare:
      return LabelAt(attack.square().epsilon(), "Square",
                     absl::StrCat("-", attack.square().queries()), brief);
    case Attack::kGroup:
    case Attack::KIND_NOT_SET:
      break;
  }
  return MetricWords(attack.name());
}

// The attack of a metric of Jung et al.: "PGD" for "standard_pgd".
std::string StandardAttack(absl::string_view metric) {
  absl::ConsumePrefix(&metric, "standard_");
  if (metric == "fgsm" || metric == "pgd") return absl::AsciiStrToUpper(metric);
  if (metric == "apgd_ce") return "APGD-CE";
  if (metric == "square") return "Square";
  return Words(metric);
}

}  // namespace

std::string CanonicalMetric(absl::string_view name) {
  // This repeats until nothing changes, so that a canonical name has no other
  // canonical name.
  while (name != "val_acc") {
    absl::string_view middle = name;
    if (!absl::ConsumePrefix(&middle, "val_") ||
        !absl::ConsumeSuffix(&middle, "_acc")) {
      return std::string(name);
    }
    absl::ConsumeSuffix(&middle, ".0");
    name = middle;
  }
  return "clean";
}

std::string AuthorsMetric(absl::string_view metric) {
  if (metric == "clean") return "val_acc";
  for (const absl::string_view attack : {"fgsm_", "pgd_"}) {
    absl::string_view epsilon = metric;
    // The authors' "8.0" stands for our "8", so they have no name for an "8.0"
    // of ours.
    if (absl::ConsumePrefix(&epsilon, attack) && IsNumber(epsilon) &&
        !absl::EndsWith(epsilon, ".0")) {
      return absl::StrCat("val_", metric,
                          absl::StrContains(epsilon, '.') ? "" : ".0", "_acc");
    }
  }
  return std::string(metric);
}

std::string ScoreLabel(absl::string_view score) {
  if (score == "min_eigenvalue") return "smallest eigenvalue";
  if (score == "max_eigenvalue") return "largest eigenvalue";
  if (score == "frobenius_norm") return "Frobenius norm";
  if (absl::ConsumePrefix(&score, "eigenvalue_ratio_")) {
    return absl::StrCat("largest over eigenvalue ", score);
  }
  return Words(score);
}

std::string KernelLabel(const Column& column) {
  if (!column.has_kernel_kind()) {
    return absl::StrCat(Words(column.kernel()), " NTK");
  }
  const std::string kind =
      absl::AsciiStrToLower(KernelScore::Kind_Name(column.kernel_kind()));
  std::string label = absl::StrCat(Words(kind), " NTK");
  if (column.has_mix()) absl::StrAppend(&label, ", b = ", column.mix());
  // The kernel's name states epsilon where a spec has several.
  if (column.has_epsilon() &&
      absl::StartsWith(column.kernel(),
                       absl::StrCat(kind, "_", column.epsilon(),
                                    column.has_mix() ? "_" : ""))) {
    absl::StrAppend(&label, ", ε = ", column.epsilon(), "/255");
  }
  return label;
}

bool IsPlainKernel(const Column& column) {
  return column.kind() == Column::NTK_SCORE &&
         column.kernel_kind() <= KernelScore::ROBUST;
}

bool SetKernelScore(absl::string_view name, Column& column) {
  constexpr KernelScore::Kind kKinds[] = {
      KernelScore::CLEAN,  KernelScore::CROSS_TWICE,
      KernelScore::CROSS,  KernelScore::ROBUST_TWICE,
      KernelScore::ROBUST, KernelScore::MIXED_TWICE,
      KernelScore::MIXED,
  };
  for (const KernelScore::Kind kind : kKinds) {
    absl::string_view rest = name;
    const std::string prefix =
        absl::AsciiStrToLower(KernelScore::Kind_Name(kind));
    if (!absl::ConsumePrefix(&rest, prefix + "_")) continue;
    std::vector<double> numbers;
    std::string kernel = prefix;
    while (true) {
      const absl::string_view word = rest.substr(0, rest.find('_'));
      double number;
      if (!IsNumber(word) || !absl::SimpleAtod(word, &number)) break;
      absl::StrAppend(&kernel, "_", word);
      numbers.push_back(number);
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    }
    const bool is_mixture =
        kind == KernelScore::MIXED || kind == KernelScore::MIXED_TWICE;
    const size_t least = is_mixture ? 1 : 0;
    const size_t most = kind == KernelScore::CLEAN ? 0 : least + 1;
    if (rest.empty() || numbers.size() < least || numbers.size() > most) {
      return false;
    }
    column.set_kernel(kernel);
    column.set_kernel_kind(kind);
    column.set_score(std::string(rest));
    if (is_mixture) column.set_mix(numbers.back());
    if (numbers.size() > least) column.set_epsilon(numbers.front());
    return true;
  }
  return false;
}

std::string MetricLabel(const Column& column) {
  if (column.has_attack()) return AttackLabel(column.attack(), false);
  if (column.kind() == Column::NTK_SCORE) {
    return absl::StrCat(KernelLabel(column), ": ", ScoreLabel(column.score()));
  }
  if (column.kind() == Column::PREDICTOR) {
    const std::string score = PredictorScoreLabel(column.score());
    if (!column.has_score_images()) return score;
    return absl::StrCat(score, ", ",
                        PredictorImagesLabel(column.score_images()),
                        IsTraining(column.score()) ? "" : " images");
  }
  const std::string& metric = column.key().metric();
  if (column.kind() == Column::STANDARD_ACCURACY) {
    return absl::StrCat("standard training: ", StandardAttack(metric));
  }
  return MetricWords(metric);
}

std::string ShortMetricLabel(const Column& column) {
  if (column.has_attack()) return AttackLabel(column.attack(), true);
  if (column.kind() == Column::NTK_SCORE) {
    std::string score = Words(column.score());
    if (score == "min eigenvalue") score = "λmin";
    if (score == "max eigenvalue") score = "λmax";
    if (score == "condition number") score = "condition";
    if (score == "frobenius norm") score = "norm";
    absl::string_view k = score;
    if (absl::ConsumePrefix(&k, "eigenvalue ratio ")) {
      score = absl::StrCat("λmax/λ", k);
    }
    return absl::StrCat("NTK ", Words(column.kernel()), " ", score);
  }
  if (column.kind() == Column::PREDICTOR) {
    const std::string score = PredictorScoreLabel(column.score());
    if (!column.has_score_images() ||
        (column.score_images() == "clean" && !IsTraining(column.score()))) {
      return score;
    }
    const std::string label = PredictorImagesLabel(column.score_images());
    return absl::StrCat(score, " ", absl::StripSuffix(label, "/255"));
  }
  if (column.kind() == Column::STANDARD_ACCURACY) {
    return absl::StrCat("std. ", StandardAttack(column.key().metric()));
  }
  return MetricLabel(column);
}

}  // namespace robbench
