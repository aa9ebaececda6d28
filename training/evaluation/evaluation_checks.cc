#include "training/evaluation/evaluation_checks.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "training/evaluation/attack_suite.h"

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

// By how many points the accuracy of `a` is above that of `b`; exact where
// their totals are equal.
double PointsAbove(const AttackResult& a, const AttackResult& b) {
  if (a.total() == b.total()) {
    return 100.0 * (static_cast<double>(a.correct()) - b.correct()) / a.total();
  }
  return 100.0 * a.correct() / a.total() - 100.0 * b.correct() / b.total();
}

// The largest of some differences in points, and what it is between.
struct Worst {
  double points = -std::numeric_limits<double>::infinity();
  std::string reason;

  void Add(double difference, const std::string& weaker,
           const std::string& stronger) {
    if (difference <= points) return;
    points = difference;
    reason = absl::StrCat(weaker, " is weaker than ", stronger, " in points");
  }
};

void CheckPgd(EvaluationRecord& record) {
  Worst worst;
  for (const AttackResult& pgd : record.attacks()) {
    if (!pgd.attack().has_pgd() || pgd.has_group()) continue;
    for (const AttackResult& fgsm : record.attacks()) {
      if (!fgsm.attack().has_fgsm() || fgsm.has_group() ||
          EpsilonOf(fgsm.attack()) != EpsilonOf(pgd.attack())) {
        continue;
      }
      worst.Add(PointsAbove(pgd, fgsm), pgd.name(), fgsm.name());
    }
  }
  if (worst.reason.empty()) return;
  Add(record, "pgd_not_weaker_than_fgsm", worst.points, 0.5, worst.reason);
}

// AutoAttack's own limit is 0.2 points.
void CheckBlackBox(EvaluationRecord& record) {
  Worst worst;
  for (int i = 0; i < record.attacks_size(); ++i) {
    const AttackResult& square = record.attacks(i);
    if (!square.attack().has_square()) continue;
    if (square.has_group()) {
      // The result before it in its group counts what all attacks so far leave.
      if (i == 0 || record.attacks(i - 1).group() != square.group()) continue;
      worst.Add(PointsAbove(record.attacks(i - 1), square), "what comes before",
                square.name());
      continue;
    }
    const AttackResult* strongest = nullptr;
    for (const AttackResult& other : record.attacks()) {
      if (!IsWhiteBox(other.attack()) || other.has_group() ||
          EpsilonOf(other.attack()) != EpsilonOf(square.attack())) {
        continue;
      }
      if (strongest == nullptr || PointsAbove(other, *strongest) < 0) {
        strongest = &other;
      }
    }
    if (strongest == nullptr) continue;
    worst.Add(PointsAbove(*strongest, square), strongest->name(),
              square.name());
  }
  if (worst.reason.empty()) return;
  Add(record, "white_box_not_weaker_than_black_box", worst.points, 0.2,
      worst.reason);
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
  Add(record, "finite_pixels",
      static_cast<double>(observations.non_finite_pixels), 0,
      "adversarial pixels are NaN or infinite");
  Add(record, "epsilon_zero_is_clean",
      static_cast<double>(observations.changed_at_epsilon_zero), 0,
      "an attack with epsilon 0 changes answers");
  if (observations.gradients > 0) {
    Add(record, "zero_gradients",
        static_cast<double>(observations.zero_gradients) /
            observations.gradients,
        observations.constant_network ? 1 : 0,
        "share of the images without a gradient");
  }
  CheckPgd(record);
  CheckBlackBox(record);
}

std::vector<std::string> UnreliableWarnings(const EvaluationRecord& record) {
  std::vector<std::string> warnings;
  for (const SelfCheck& check : record.checks()) {
    if (check.passed()) continue;
    warnings.push_back(
        absl::StrCat("unreliable: ", check.name(), ": ", check.reason()));
  }
  // A record may be unreliable without a check that says why.
  if (warnings.empty() && record.unreliable()) {
    warnings.push_back("unreliable");
  }
  return warnings;
}

}  // namespace robbench
