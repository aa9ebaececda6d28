#include "training/evaluation_checks.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace robbench {
namespace {

void Add(EvaluationRecord& record, const std::string& name, double value,
         double limit, const std::string& reason) {
  SelfCheck& check = *record.add_checks();
  check.set_name(name);
  check.set_value(value);
  // Written so that NaN does not pass.
  check.set_passed(value <= limit);
  if (check.passed()) return;
  check.set_reason(
      absl::StrCat(reason, ": expected at most ", limit, ", found ", value));
  record.set_unreliable(true);
}

// Accuracy of `a` above that of `b`, in points; exact where totals are equal.
double PointsAbove(const AttackResult& a, const AttackResult& b) {
  if (a.total() == b.total()) {
    return 100.0 * (static_cast<double>(a.correct()) - b.correct()) / a.total();
  }
  return 100.0 * a.correct() / a.total() - 100.0 * b.correct() / b.total();
}

}  // namespace

void AddSelfChecks(const EvaluationObservations& observations,
                   EvaluationRecord& record) {
  record.set_unreliable(false);
  Add(record, "perturbation_within_epsilon", observations.excess, 1e-7,
      "an attack left its epsilon ball");
  Add(record, "pixels_in_range", observations.outside, 0,
      "an attack left the pixels' range");
  Add(record, "finite_logits",
      static_cast<double>(observations.non_finite_logits), 0,
      "logits are NaN or infinite");
  Add(record, "epsilon_zero_is_clean",
      static_cast<double>(observations.changed_at_epsilon_zero), 0,
      "an attack with epsilon 0 changes answers");
  constexpr double kNone = -1e9;
  double worst = kNone;
  std::string names;
  for (const AttackResult& pgd : record.attacks()) {
    if (!pgd.attack().has_pgd()) continue;
    for (const AttackResult& fgsm : record.attacks()) {
      if (!fgsm.attack().has_fgsm() ||
          fgsm.attack().fgsm().epsilon() != pgd.attack().pgd().epsilon()) {
        continue;
      }
      const double points = PointsAbove(pgd, fgsm);
      if (points <= worst) continue;
      worst = points;
      names = absl::StrCat(pgd.name(), " is weaker than ", fgsm.name());
    }
  }
  if (worst == kNone) return;
  Add(record, "pgd_not_weaker_than_fgsm", worst, 0.5, names + " in points");
}

}  // namespace robbench
