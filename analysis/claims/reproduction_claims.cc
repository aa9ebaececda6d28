// Makes the claim about networks that were trained here by the paper's whole
// recipe, which are compared with their published rows by the rule of
// reproduction_criterion.h.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claim_parts.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "analysis/studies/reproduction/reproduction_criterion.h"
#include "analysis/table/cell_name.h"
#include "analysis/text/number_format.h"

namespace robbench {
namespace {

std::string Points(double share) { return SignedNumber(100 * share, 2); }

void AddCell(const ReproductionRule& rule, const CellReproduction& cell,
             Claim& claim) {
  const std::vector<std::string> datasets = {cell.ours().dataset()};
  const std::string trained = "trained here by the paper's recipe in full";
  Claim::Part part;
  AddEstimate("trainings", "trainings", "trainings",
              cell.ours().trainings_size(), datasets, trained, part);
  AddEstimate("failed_trainings", "trainings that failed", "trainings",
              cell.failed_trainings(), datasets, trained, part);
  if (cell.has_failure_chance()) {
    AddEstimate("failure_chance", "chance of so many failures or more", "share",
                cell.failure_chance(), datasets,
                "binomial, by the share of failed seeds among published twins",
                part);
  }
  std::vector<std::string> differences;
  for (const MetricEvidence& metric : cell.metrics()) {
    const double difference = metric.ours() - metric.published();
    Estimate& estimate = AddEstimate(
        metric.metric(), absl::StrCat(metric.metric(), ", ours less published"),
        "share", difference, datasets,
        absl::StrCat("ours: ", metric.our_seeds(), " seeds, ",
                     Grouped(metric.our_images()),
                     " images; published: ", metric.rows_size(),
                     " rows of the same network, ", metric.their_seeds(),
                     " seeds, ", Grouped(metric.their_images()), " images"),
        part);
    std::string text = absl::StrCat(metric.metric(), " ", Points(difference));
    if (metric.has_low()) {
      estimate.set_low(metric.low());
      estimate.set_high(metric.high());
      estimate.set_interval(absl::StrCat(
          Percent(rule.confidence(), 0), " %, Student's, jointly with the ",
          cell.metrics_size(), " metrics of the cell"));
      absl::StrAppend(&text, " [", Points(metric.low()), ", ",
                      Points(metric.high()), "]");
    }
    differences.push_back(std::move(text));
  }
  AddPart(absl::StrCat("cell ", CellName(cell.ours().cell())),
          absl::StrCat(cell.reason(), " (points, ours less published: ",
                       absl::StrJoin(differences, ", "), ")"),
          std::move(part), claim);
}

}  // namespace

Claim PublishedRowsAreReproduced(const ClaimInputs& inputs) {
  Claim claim =
      NewClaim("published_rows_are_reproduced",
               "Training by the paper's recipe gives the published accuracies",
               "data set", "training_loss");
  const ReproductionRule rule = inputs.reproductions == nullptr
                                    ? PublishedRule()
                                    : inputs.reproductions->rule();
  *claim.mutable_rule()->mutable_reproduction() = rule;
  claim.mutable_rule()->set_words(absl::StrCat(
      "By cell (analysis/studies/reproduction/README.md): does not hold where "
      "the ",
      Percent(rule.confidence(), 0),
      " % interval of ours less published, all metrics together, leaves out 0 "
      "for some metric, or where more trainings failed than has a chance of ",
      rule.least_failure_chance(), "; holds where none differs and for ",
      absl::StrJoin(rule.required_metrics(), " and "),
      " half the interval is at most ", Percent(rule.widest(), 0),
      " points wide; undecided where it is wider."));
  claim.set_not_covered(
      "Other cells and data sets: these few were not drawn by chance, and the "
      "intervals are not corrected for their number. Trainings that were "
      "stopped before their end have no record and are not counted: one of "
      "cell "
      "199 had collapsed (analysis/studies/reproduction/README.md).");
  if (inputs.reproductions != nullptr) {
    for (const CellReproduction& cell : inputs.reproductions->cells()) {
      AddCell(rule, cell, claim);
    }
  }
  return Decided(
      "No network that was trained here in full is held against "
      "this table.",
      std::move(claim));
}

}  // namespace robbench
