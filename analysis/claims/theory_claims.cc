// Makes the claim about the theory's bounds.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claim_parts.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/table/dataset_label.h"
#include "analysis/text/number_format.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {
namespace {

constexpr double kTrivial = 1;

void AddNetwork(const BoundStudyRecord& study, const BoundStudyNetwork& network,
                Claim& claim) {
  const std::vector<std::string> datasets = {study.dataset()};
  const int runs = network.runs_size();
  int clean_telling = 0, robust_telling = 0;
  double lowest_clean = 0, lowest_robust = 0, worst_clean = 0, worst_robust = 0;
  for (const BoundStudyRun& run : network.runs()) {
    clean_telling += run.clean_bound() < kTrivial;
    robust_telling += run.robust_bound() < kTrivial;
    const bool first = &run == &network.runs(0);
    const auto lower = [&](double& lowest, double value) {
      if (first || value < lowest) lowest = value;
    };
    lower(lowest_clean, run.clean_bound());
    lower(lowest_robust, run.robust_bound());
    if (run.clean_error() > worst_clean) worst_clean = run.clean_error();
    if (run.robust_error() > worst_robust) worst_robust = run.robust_error();
  }
  const BoundStudySpec& spec = study.spec();
  const std::string protocol =
      absl::StrCat("width ", spec.width(), ", ", Grouped(spec.train_images()),
                   " training and ", Grouped(spec.test_images()),
                   " test images of two classes, ", spec.weights_size(),
                   " weights b, ", spec.repeats(), " seeds");
  Claim::Part part;
  const auto add = [&](const char* id, const char* name, const char* unit,
                       double value) {
    AddEstimate(id, name, unit, value, datasets, protocol, part);
  };
  add("runs", "trained networks", "networks", runs);
  add("clean_above", "networks whose bound is above their clean error",
      "networks", network.clean_holds());
  add("robust_above", "networks whose bound is above their robust error",
      "networks", network.robust_holds());
  add("clean_telling", "networks whose clean bound is below 1", "networks",
      clean_telling);
  add("robust_telling", "networks whose robust bound is below 1", "networks",
      robust_telling);
  add("lowest_clean_bound", "lowest clean bound", "share", lowest_clean);
  add("lowest_robust_bound", "lowest robust bound", "share", lowest_robust);
  add("highest_clean_error", "highest clean error", "share", worst_clean);
  add("highest_robust_error", "highest robust error", "share", worst_robust);
  AddPart(absl::StrCat("residual network ", network.name(), ", on ",
                       DatasetLabel(study.dataset())),
          absl::StrCat("of ", runs,
                       " trained networks the bound is above the clean error "
                       "of ",
                       network.clean_holds(), " and above the robust error of ",
                       network.robust_holds(),
                       "; it is below 1, where it says something, for ",
                       clean_telling, " and ", robust_telling,
                       " (lowest bound ", ReadableNumber(lowest_clean),
                       " clean and ", ReadableNumber(lowest_robust),
                       " robust; highest error ", ReadableNumber(worst_clean),
                       " and ", ReadableNumber(worst_robust), ")"),
          std::move(part), claim);
}

}  // namespace

Claim NtkBoundsErrors(const ClaimInputs& inputs) {
  Claim claim = NewClaim("ntk_bounds_errors",
                         "The NTK bounds clean and robust generalisation error",
                         "theory", "bound_study");
  BoundOnError& rule = *claim.mutable_rule()->mutable_bound_on_error();
  const double delta =
      inputs.bound_study == nullptr ? 0 : inputs.bound_study->spec().delta();
  rule.set_failing_share(delta);
  rule.set_trivial(kTrivial);
  claim.mutable_rule()->set_words(absl::StrCat(
      "A bound may fail with probability δ = ", delta,
      ": does not hold where it is below the clean or the robust error of more "
      "than that share of the trained networks. Holds where it is also below ",
      kTrivial, " for all of them; in part where it is above ", kTrivial,
      " for some, of which it says nothing."));
  claim.set_not_covered(
      "Cells: the bounds are proved for the paper's residual networks, without "
      "BatchNorm, and for these only. One data set, two of its classes.");
  if (inputs.bound_study == nullptr) {
    claim.mutable_rule()->set_words(
        "By a study of the paper's residual networks, which this report does "
        "not have.");
    return Decided(
        "This takes a study of the paper's residual networks; for "
        "cells nothing is proved.",
        std::move(claim));
  }
  for (const BoundStudyNetwork& network : inputs.bound_study->networks()) {
    AddNetwork(*inputs.bound_study, network, claim);
  }
  return Decided("The study has no network.", std::move(claim));
}

}  // namespace robbench
