// Makes the claims about how accuracies spread and rank cells.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claim_parts.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/statistics/coefficient_text.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/number_format.h"

namespace robbench {
namespace {

constexpr double kAlike = 0.9;
constexpr double kAlikeAcrossDatasets = 0.8;
// A spread between cells counts as wide from this many times what chance
// alone would do to a value.
constexpr double kWide = 5;

constexpr char kRankLimits[] =
    "The interval is of the cells as a sample of cells. It leaves out the "
    "noise of training, which lowers a coefficient: of networks trained "
    "without noise it would be no lower.";

// Holds the standard deviation of a value, and says what kind of noise it is.
struct Noise {
  double standard_deviation;
  const char* of;
  std::string protocol;
};

// Returns the noise of a column's values: from its seeds where it has them,
// else from twins in the table, else that of sampling its test images, which is
// larger than the noise of training is likely to be.
Noise NoiseOf(const Statistics& statistics, const Column& column,
              double median) {
  const auto is_of = [&](const ColumnKey& key) {
    return key.dataset() == column.key().dataset() &&
           key.metric() == column.key().metric();
  };
  for (const SeedNoise& noise : statistics.seed_noises()) {
    if (!is_of(noise.column())) continue;
    const int seeds = std::max(column.seeds_size(), 1);
    return {noise.standard_deviation() / std::sqrt(seeds),
            "scatter between seeds",
            absl::StrCat("between the seeds of ", Grouped(noise.cells()),
                         " cells, of a mean over ", seeds)};
  }
  for (const NoiseFloor& noise : statistics.noise_floors()) {
    if (!is_of(noise.column())) continue;
    return {noise.standard_deviation(), "noise between equal networks",
            absl::StrCat("between ", Grouped(noise.cells()), " rows in ",
                         Grouped(noise.groups()), " groups of one network")};
  }
  const double images = column.images();
  return {images == 0 ? 0 : std::sqrt(median * (1 - median) / images),
          "sampling of the test images",
          absl::StrCat("binomial, of ", Grouped(column.images()), " images")};
}

using FindColumn = const Column* (*)(const BenchmarkTable&, const std::string&);

std::string SpearmanText(const Correlation& found, const std::string& one,
                         const std::string& two) {
  return absl::StrCat("Spearman ", WithInterval(found), " between ", one,
                      " and ", two);
}

ClaimRule AtLeastRule(double least) {
  ClaimRule rule;
  rule.set_words(absl::StrCat(
      "Holds where the 95 % interval of Spearman's coefficient lies at or "
      "above ",
      least,
      ", does not hold where it lies below, and is undecided where it holds "
      "both."));
  rule.mutable_coefficient_at_least()->set_least(least);
  return rule;
}

// Completes a claim that two accuracies rank the cells of each data set alike.
Claim Alike(const ClaimInputs& inputs, FindColumn first, FindColumn second,
            const char* why_not, Claim claim) {
  *claim.mutable_rule() = AtLeastRule(kAlike);
  claim.set_not_covered(kRankLimits);
  for (const DatasetStatistics& dataset : inputs.statistics.datasets()) {
    const Column* one = first(inputs.table, dataset.dataset());
    const Column* two = second(inputs.table, dataset.dataset());
    if (one == nullptr || two == nullptr) continue;
    const Correlation* found =
        FindCorrelation(inputs.statistics, one->key(), two->key());
    if (found == nullptr || !found->has_spearman()) continue;
    Claim::Part part;
    AddSpearman(inputs.table, *found, *one, *two, "spearman", part);
    AddPart(
        DatasetLabel(dataset.dataset()),
        SpearmanText(*found, ShortMetricLabel(*one), ShortMetricLabel(*two)),
        std::move(part), claim);
  }
  return Decided(why_not, std::move(claim));
}

}  // namespace

Claim CellsDiffer(const ClaimInputs& inputs) {
  Claim claim = NewClaim("cells_differ",
                         "Trained alike, cells differ widely in robust "
                         "accuracy",
                         "Fig. 2, 3a", "accuracy_box_plots");
  claim.mutable_rule()->set_words(absl::StrCat(
      "Holds where the middle half of the cells spans at least ", kWide,
      " standard deviations of one value, does not hold "
      "otherwise; the deviation is that between seeds where "
      "there are any, else between rows of equal networks, else "
      "of the sampling of the test images."));
  claim.mutable_rule()->mutable_spread_over_noise()->set_least_ratio(kWide);
  claim.set_not_covered(
      "That cells differ, not why. The spread is of the cells of this table.");
  for (const DatasetStatistics& dataset : inputs.statistics.datasets()) {
    const Column* column = FindStrongestPgd(inputs.table, dataset.dataset());
    const Distribution* box =
        column == nullptr ? nullptr
                          : FindDistribution(inputs.statistics, column->key());
    if (box == nullptr) continue;
    const Noise noise = NoiseOf(inputs.statistics, *column, box->median());
    if (noise.standard_deviation == 0) continue;
    const std::string protocol =
        absl::StrCat("of ", Grouped(box->cells()), " cells; ",
                     ProtocolOf(inputs.table, *column));
    Claim::Part part;
    AddEstimate("first_quartile", "first quartile of accuracy", "share",
                box->first_quartile(), {dataset.dataset()}, protocol, part);
    AddEstimate("third_quartile", "third quartile of accuracy", "share",
                box->third_quartile(), {dataset.dataset()}, protocol, part);
    AddEstimate("noise", noise.of, "share", noise.standard_deviation,
                {dataset.dataset()}, noise.protocol, part);
    const double range = box->third_quartile() - box->first_quartile();
    AddPart(
        DatasetLabel(dataset.dataset()),
        absl::StrCat("the middle half of ", Grouped(box->cells()),
                     " cells spans ", Percent(box->first_quartile()), "–",
                     Percent(box->third_quartile()), "% under ",
                     MetricLabel(*column), ", ",
                     absl::StrFormat("%.0f", range / noise.standard_deviation),
                     " times the ", noise.of),
        std::move(part), claim);
  }
  return Decided("The table has no PGD accuracy.", std::move(claim));
}

Claim CleanRanksAsRobust(const ClaimInputs& inputs) {
  return Alike(inputs, FindClean, FindStrongestPgd,
               "The table has no clean and PGD accuracy.",
               NewClaim("clean_ranks_as_robust",
                        "Clean and robust accuracy rank cells alike", "Fig. 3b",
                        "rank_correlation"));
}

Claim FgsmRanksAsPgd(const ClaimInputs& inputs) {
  return Alike(inputs, FindStrongestFgsm, FindStrongestPgd,
               "The table has no FGSM and PGD accuracy.",
               NewClaim("fgsm_ranks_as_pgd", "FGSM ranks cells as PGD does",
                        "Fig. 3b, Table 1", "rank_correlation"));
}

Claim AutoAttackRanksAsPgd(const ClaimInputs& inputs) {
  return Alike(
      inputs, FindAutoAttack, FindStrongestPgd,
      "The table has no AutoAttack accuracy.",
      NewClaim("autoattack_ranks_as_pgd", "AutoAttack ranks cells as PGD does",
               "data set", "rank_correlation"));
}

// Jung et al. (2023) trained the same cells without attacks. Where half of the
// cells have no accuracy above chance left, what ranks them is chance.
Claim StandardTrainingRanksDifferently(const ClaimInputs& inputs) {
  Claim claim =
      NewClaim("standard_training_ranks_differently",
               "Robustness after standard training ranks cells differently",
               "Table 1", "all_correlations");
  claim.mutable_rule()->set_words(absl::StrCat(
      "Holds where the 95 % interval of Spearman's coefficient lies below ",
      kAlike,
      ", does not hold where it lies at or above; undecided where it holds "
      "both, and where the median cell after standard training is at chance "
      "or below."));
  claim.mutable_rule()->mutable_coefficient_below()->set_below(kAlike);
  claim.set_not_covered(
      "The two trainings differ in more than the attack: the skeleton, the "
      "schedule, and the ε of the attacks that the cells are ranked by. By the "
      "README of Jung et al. (2023) theirs is 1/255.");
  for (const DatasetStatistics& dataset : inputs.statistics.datasets()) {
    const Column* standard =
        inputs.table.Find(dataset.dataset(), "standard_pgd");
    const Column* robust = FindStrongestPgd(inputs.table, dataset.dataset());
    if (standard == nullptr || robust == nullptr) continue;
    const Correlation* found =
        FindCorrelation(inputs.statistics, standard->key(), robust->key());
    if (found == nullptr || !found->has_spearman_low()) continue;
    Claim::Part part;
    AddSpearman(inputs.table, *found, *standard, *robust, "spearman", part);
    std::string reason =
        SpearmanText(*found, MetricLabel(*standard), MetricLabel(*robust));
    const Distribution* box =
        FindDistribution(inputs.statistics, standard->key());
    if (box != nullptr) {
      AddEstimate("median", "median accuracy of the cells", "share",
                  box->median(), {dataset.dataset()},
                  ProtocolOf(inputs.table, *standard), part);
      AddEstimate("chance", "accuracy by chance", "share", dataset.chance(),
                  {dataset.dataset()}, "1 / classes", part);
      if (box->median() <= dataset.chance()) {
        absl::StrAppend(&reason,
                        ", a floor effect that decides nothing: half of the "
                        "cells have at most ",
                        Percent(box->median()), "%, chance is ",
                        Percent(dataset.chance()), "%");
      }
    }
    AddPart(DatasetLabel(dataset.dataset()), reason, std::move(part), claim);
  }
  return Decided("The table has no accuracies after standard training.",
                 std::move(claim));
}

Claim DatasetsRankAlike(const ClaimInputs& inputs) {
  const Statistics& statistics = inputs.statistics;
  Claim claim = NewClaim("datasets_rank_alike",
                         "A cell that is robust on one data set is so on "
                         "others",
                         "Fig. 3c", "ranking");
  *claim.mutable_rule() = AtLeastRule(kAlikeAcrossDatasets);
  claim.set_not_covered(kRankLimits);
  for (int i = 0; i < statistics.datasets_size(); ++i) {
    for (int j = i + 1; j < statistics.datasets_size(); ++j) {
      const DatasetStatistics& one = statistics.datasets(i);
      const DatasetStatistics& two = statistics.datasets(j);
      const Column& first = RankingColumn(inputs.table, statistics, one);
      const Column& second = RankingColumn(inputs.table, statistics, two);
      const Correlation* found =
          FindCorrelation(statistics, first.key(), second.key());
      if (found == nullptr || !found->has_spearman()) continue;
      Claim::Part part;
      AddSpearman(inputs.table, *found, first, second, "spearman", part);
      AddPart(absl::StrCat(DatasetLabel(one.dataset()), " and ",
                           DatasetLabel(two.dataset())),
              absl::StrCat("Spearman ", WithInterval(*found)), std::move(part),
              claim);
    }
  }
  return Decided("The table has one data set.", std::move(claim));
}

}  // namespace robbench
