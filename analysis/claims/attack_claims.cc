// Makes the claims of the appendix, that gradients do not mislead the attacks
// and what common corruptions do.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claim_parts.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/table/dataset_label.h"
#include "analysis/text/number_format.h"
#include "nas/base/field_error.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

constexpr char kSuite[] = "gradient_obfuscation";
constexpr double kErrors = 1.96;
constexpr double kMostLeft = 0.01;

// Returns whether every attack leaves all images that were correct. It does so
// in a network without a path from image to output, whose answer no
// perturbation changes.
bool IsConstant(const EvaluationRecord& record) {
  for (const AttackResult& attack : record.attacks()) {
    if (attack.correct() != record.attacks(0).correct()) return false;
  }
  return true;
}

std::string AttackNames(const EvaluationRecord& record) {
  return absl::StrJoin(record.attacks(), ",",
                       [](std::string* out, const AttackResult& attack) {
                         absl::StrAppend(out, attack.name());
                       });
}

// Returns the share of images that the networks together classify correctly
// under one attack of the suite.
double ShareLeft(const std::vector<const EvaluationRecord*>& records,
                 int attack, double images) {
  double correct = 0;
  for (const EvaluationRecord* record : records) {
    correct += record->attacks(attack).correct();
  }
  return correct / images;
}

void AddNetworks(const std::vector<EvaluationRecord>& records, Claim& claim) {
  std::vector<const EvaluationRecord*> attacked;
  double images = 0;
  int constant = 0;
  for (const EvaluationRecord& record : records) {
    if (IsConstant(record)) {
      ++constant;
      continue;
    }
    attacked.push_back(&record);
    images += record.attacks(0).total();
  }
  if (attacked.empty()) return;
  const EvaluationRecord& first = *attacked[0];
  const std::vector<std::string> datasets = {first.dataset()};
  const std::string protocol = absl::StrCat(
      "suite ", kSuite, "; ", attacked.size(),
      " networks adversarially trained here (", first.skeleton().channels(),
      " channels, ", first.skeleton().cells_per_stage(), " a stage), the same ",
      first.attacks(0).total(), " test images each");
  Claim::Part part;
  AddEstimate("networks", "networks", "networks", attacked.size(), datasets,
              protocol, part);
  AddEstimate("constant_networks",
              "networks left out, whose answer no attack changes", "networks",
              constant, datasets, protocol, part);
  AddEstimate("images", "images of all networks together", "images", images,
              datasets, protocol, part);
  std::vector<std::string> pgd, others;
  for (int a = 0; a < first.attacks_size(); ++a) {
    const AttackResult& result = first.attacks(a);
    const double left = ShareLeft(attacked, a, images);
    const double error = kErrors * std::sqrt(left * (1 - left) / images);
    Estimate& estimate = AddEstimate(
        result.name(), absl::StrCat("accuracy under ", result.name()), "share",
        left, datasets, protocol, part);
    estimate.set_low(std::max(left - error, 0.0));
    estimate.set_high(std::min(left + error, 1.0));
    estimate.set_interval("95 %, binomial");
    std::string text =
        absl::StrCat(result.name(), " ", Percent(left), "% ± ", Percent(error));
    (result.attack().has_pgd() ? pgd : others).push_back(std::move(text));
  }
  AddPart(
      absl::StrCat(attacked.size(),
                   attacked.size() == 1 ? " network on " : " networks on ",
                   DatasetLabel(first.dataset())),
      absl::StrCat(absl::StrJoin(pgd, ", "), "; ", absl::StrJoin(others, ", ")),
      std::move(part), claim);
}

}  // namespace

absl::Status CheckObfuscation(const std::string& path,
                              const EvaluationRecord& record,
                              const EvaluationRecord& first) {
  if (record.suite() != kSuite) {
    return FieldError(path, "suite", kSuite, record.suite());
  }
  if (record.dataset() != first.dataset()) {
    return FieldError(path, "dataset", first.dataset(), record.dataset());
  }
  if (record.skeleton().ShortDebugString() !=
      first.skeleton().ShortDebugString()) {
    return FieldError(path, "skeleton", first.skeleton().ShortDebugString(),
                      record.skeleton().ShortDebugString());
  }
  if (record.has_failed()) return absl::OkStatus();
  if (record.attacks().empty()) {
    return FieldError(path, "attacks", "some", "none");
  }
  if (AttackNames(record) != AttackNames(first)) {
    return FieldError(path, "attacks", AttackNames(first), AttackNames(record));
  }
  const uint32_t images = first.attacks(0).total();
  for (const AttackResult& attack : record.attacks()) {
    if (attack.total() == images && images > 0 && attack.correct() <= images) {
      continue;
    }
    return FieldError(
        path, "attacks.total",
        absl::StrCat(images, ", above 0, and no more correct"),
        absl::StrCat(attack.total(), ", correct ", attack.correct()));
  }
  return absl::OkStatus();
}

Claim GradientsAreNotObfuscated(const ClaimInputs& inputs) {
  Claim claim =
      NewClaim("gradients_are_not_obfuscated",
               "Robustness is not due to obfuscated gradients", "appendix", "");
  NoObfuscation& rule = *claim.mutable_rule()->mutable_no_obfuscation();
  rule.set_errors(kErrors);
  rule.set_most_left(kMostLeft);
  claim.mutable_rule()->set_words(absl::StrCat(
      "Of all networks together. Holds where accuracy under PGD-20 does not "
      "rise as ε grows, is at most ",
      Percent(kMostLeft, 0),
      " % at the largest ε, and neither Square nor FGSM leaves less than PGD "
      "of the same ε; a rise or a lead counts from ",
      kErrors,
      " binomial standard errors. Does not hold where one of these fails."));
  claim.set_not_covered(
      "Adaptive attacks, and single networks: gradients of one could mislead "
      "where those of all together do not. The networks share their test "
      "images, so that binomial errors are rather too small. The published "
      "networks' weights are not to be had.");
  AddNetworks(inputs.obfuscation, claim);
  return Decided(absl::StrCat("This takes evaluations of trained networks by "
                              "the suite ",
                              kSuite, ", and there are none."),
                 std::move(claim));
}

Claim RobustCellsWithstandCorruptions(const ClaimInputs&) {
  Claim claim = NewClaim("robust_cells_withstand_corruptions",
                         "Robust cells also withstand common corruptions",
                         "appendix", "");
  claim.mutable_rule()->set_words("None yet: there is nothing to decide by.");
  claim.set_not_covered("Everything.");
  return Decided(
      "CIFAR-10-C is missing: the folder CIFAR-10-C of ROBBENCH_DATA with "
      "labels.npy and a .npy file for each of 15 corruptions (Zenodo, record "
      "2535967), and networks trained by the paper's recipe on CIFAR-10; the "
      "target cifar10_corruptions then evaluates them.",
      std::move(claim));
}

}  // namespace robbench
