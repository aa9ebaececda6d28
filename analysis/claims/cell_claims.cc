// Makes the claims about what the best cells are made of.
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claim_parts.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/dataset_label.h"
#include "analysis/text/number_format.h"

namespace robbench {
namespace {

constexpr double kMostly = 0.5;

// There must be so many times as many ranked cells as best cells.
constexpr int kRankedForOneBest = 10;

// Says that there are too few ranked cells: the best of a handful of chosen
// cells say nothing about the search space.
std::string FewText(const DatasetStatistics& dataset) {
  if (dataset.ranking_size() >=
      static_cast<int64_t>(kRankedForOneBest) * dataset.best()) {
    return "";
  }
  return absl::StrCat(" (of only ", dataset.ranking_size(), ")");
}

std::string FewWords() {
  return absl::StrCat(" Undecided where the best cells are of fewer than ",
                      kRankedForOneBest, " times their number.");
}

std::string Protocol(const ClaimInputs& inputs,
                     const DatasetStatistics& dataset) {
  return absl::StrCat(
      "ranked by ",
      ProtocolOf(inputs.table,
                 RankingColumn(inputs.table, inputs.statistics, dataset)));
}

void AddCells(const ClaimInputs& inputs, const DatasetStatistics& dataset,
              Claim::Part& part) {
  const std::string protocol = Protocol(inputs, dataset);
  AddEstimate("best_cells", "best cells", "cells", dataset.best(),
              {dataset.dataset()}, protocol, part);
  AddEstimate("ranked_cells", "ranked cells", "cells", dataset.ranking_size(),
              {dataset.dataset()}, protocol, part);
}

}  // namespace

Claim BestCellsAreConvolutions(const ClaimInputs& inputs) {
  Claim claim = NewClaim("best_cells_are_convolutions",
                         "The best cells are mostly made of 3×3 convolutions",
                         "Fig. 4", "operation_shares");
  claim.mutable_rule()->set_words(
      absl::StrCat("By the share of 3×3 convolutions among the edges of the "
                   "best cells: holds "
                   "where its 95 % interval lies at or above ",
                   Percent(kMostly, 0),
                   " % and above the share among all cells, does not hold "
                   "where it lies below "
                   "one of them, and is undecided otherwise.",
                   FewWords()));
  OperationShare& rule = *claim.mutable_rule()->mutable_operation_share();
  rule.set_least_share(kMostly);
  rule.set_ranked_for_one_best(kRankedForOneBest);
  claim.set_not_covered(
      "Other search spaces. The best cells resemble each other and are no "
      "sample: the interval says how far noise decides which cells are the "
      "best, and nothing else.");
  for (const DatasetStatistics& dataset : inputs.statistics.datasets()) {
    const OperationCount* conv = nullptr;
    double best = 0, all = 0;
    for (const OperationCount& count : dataset.operations()) {
      best += count.best();
      all += count.all();
      if (count.operation() == "nor_conv_3x3") conv = &count;
    }
    if (best == 0 || conv == nullptr) continue;
    const std::string protocol = Protocol(inputs, dataset);
    Claim::Part part;
    Estimate& share = AddEstimate(
        "best_share", "3×3 convolutions among the best cells' edges", "share",
        conv->best() / best, {dataset.dataset()}, protocol, part);
    std::string interval;
    if (conv->has_best_share_low()) {
      share.set_low(conv->best_share_low());
      share.set_high(conv->best_share_high());
      share.set_interval(
          "95 %, over draws of the cells' true values by the table's noise");
      interval = absl::StrCat(" [", Percent(conv->best_share_low(), 0), ", ",
                              Percent(conv->best_share_high(), 0), "]");
    }
    AddEstimate("all_share", "3×3 convolutions among all edges", "share",
                conv->all() / all, {dataset.dataset()}, protocol, part);
    if (dataset.has_best_networks()) {
      AddEstimate("best_networks", "best cells that are different networks",
                  "networks", dataset.best_networks(), {dataset.dataset()},
                  protocol, part);
    }
    AddCells(inputs, dataset, part);
    AddPart(DatasetLabel(dataset.dataset()),
            absl::StrCat(Percent(conv->best() / best, 0), "%", interval,
                         " of the edges of the ", dataset.best(),
                         " best cells, ", Percent(conv->all() / all, 0),
                         "% of all edges", FewText(dataset)),
            std::move(part), claim);
  }
  return Decided("No cell is ranked.", std::move(claim));
}

Claim BestCellsSkip(const ClaimInputs& inputs) {
  Claim claim = NewClaim("best_cells_skip",
                         "The best cells skip from input to output (edge 0→3)",
                         "Fig. 4", "operation_shares");
  claim.mutable_rule()->set_words(
      "Holds where all of the best cells have skip_connect on edge 0→3, does "
      "not hold otherwise." +
      FewWords());
  claim.mutable_rule()->mutable_every_best_cell()->set_ranked_for_one_best(
      kRankedForOneBest);
  claim.set_not_covered(
      "Whether a cell is among the best is within the noise of training for "
      "many (table of the noise floor).");
  for (const DatasetStatistics& dataset : inputs.statistics.datasets()) {
    for (const EdgeOperations& edge : dataset.edges()) {
      if (edge.source() != 0 || edge.target() != 3) continue;
      for (const OperationCount& count : edge.operations()) {
        if (count.operation() != "skip_connect" || dataset.best() == 0) {
          continue;
        }
        Claim::Part part;
        AddEstimate("with_operation", "best cells that skip", "cells",
                    count.best(), {dataset.dataset()},
                    Protocol(inputs, dataset), part);
        AddCells(inputs, dataset, part);
        AddPart(DatasetLabel(dataset.dataset()),
                absl::StrCat(count.best(), " of the ", dataset.best(),
                             " best cells", FewText(dataset)),
                std::move(part), claim);
      }
    }
  }
  return Decided("No cell is ranked.", std::move(claim));
}

}  // namespace robbench
