#include "analysis/metric_name.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace robbench {
namespace {

bool IsNumber(absl::string_view text) {
  return !text.empty() && absl::ascii_isdigit(text.front()) &&
         absl::ascii_isdigit(text.back()) &&
         std::count(text.begin(), text.end(), '.') <= 1 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(c) || c == '.'; });
}

size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1,
                         diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// A word of a name as a reader would write it.
std::string Words(absl::string_view name) {
  return absl::StrReplaceAll(name, {{"_", " "}});
}

// The words of a metric that is told by its name alone.
std::string MetricWords(absl::string_view name) {
  if (name == "multiply_adds") return "multiply-adds";
  if (name == "autoattack") return "AutoAttack";
  return Words(name);
}

// "PGD 8" on an axis, else with what is run: "PGD-20, ε = 8/255".
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

// "standard_pgd" of Jung et al. as "PGD".
std::string StandardAttack(absl::string_view metric) {
  absl::ConsumePrefix(&metric, "standard_");
  if (metric == "fgsm" || metric == "pgd") return absl::AsciiStrToUpper(metric);
  if (metric == "apgd_ce") return "APGD-CE";
  if (metric == "square") return "Square";
  return Words(metric);
}

}  // namespace

std::string CanonicalMetric(absl::string_view name) {
  if (name == "val_acc") return "clean";
  absl::string_view middle = name;
  if (!absl::ConsumePrefix(&middle, "val_") ||
      !absl::ConsumeSuffix(&middle, "_acc")) {
    return std::string(name);
  }
  absl::ConsumeSuffix(&middle, ".0");
  return std::string(middle);
}

std::string CanonicalDataset(absl::string_view name) {
  return std::string(name == "imagenet" ? "imagenet16_120" : name);
}

std::string AuthorsMetric(absl::string_view metric) {
  if (metric == "clean") return "val_acc";
  for (const absl::string_view attack : {"fgsm_", "pgd_"}) {
    absl::string_view epsilon = metric;
    if (absl::ConsumePrefix(&epsilon, attack) && IsNumber(epsilon)) {
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
  return Words(score);
}

std::string MetricLabel(const Column& column) {
  if (column.has_attack()) return AttackLabel(column.attack(), false);
  if (column.kind() == Column::NTK_SCORE) {
    return absl::StrCat(Words(column.kernel()),
                        " NTK: ", ScoreLabel(column.score()));
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
    return absl::StrCat("NTK ", Words(column.kernel()), " ", score);
  }
  if (column.kind() == Column::STANDARD_ACCURACY) {
    return absl::StrCat("std. ", StandardAttack(column.key().metric()));
  }
  return MetricLabel(column);
}

std::string SuggestMetric(absl::string_view name,
                          const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  size_t distance = name.size() / 2 + 1;
  for (const std::string& candidate : candidates) {
    const size_t found = EditDistance(name.substr(0, 64), candidate);
    if (found < distance) {
      distance = found;
      best = &candidate;
    }
  }
  return best == nullptr ? "" : absl::StrCat("; did you mean ", *best, "?");
}

}  // namespace robbench
