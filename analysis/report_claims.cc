#include "analysis/report_claims.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/compute_statistics.h"
#include "analysis/metric_name.h"
#include "analysis/ntk_study_claims.h"
#include "analysis/number_format.h"
#include "analysis/report_words.h"
#include "analysis/table.pb.h"
#include "ntk/ntk.pb.h"
#include "training/attack_suite.pb.h"

namespace robbench {
namespace {

constexpr double kAlike = 0.9;
constexpr double kAlikeAcrossDatasets = 0.8;
// A spread between cells counts as wide from this many times what chance
// alone would do to a value.
constexpr double kWide = 5;

// The best cells are taken from at least so many times their number.
constexpr int kCellsForOneBest = 10;

// What one data set, or one pair of them, says.
struct Part {
  Claim::Verdict verdict;
  std::string text;
};

Claim::Verdict Decided(const std::vector<Part>& parts) {
  int holds = 0, fails = 0;
  for (const Part& part : parts) {
    holds += part.verdict == Claim::HOLDS;
    fails += part.verdict == Claim::DOES_NOT_HOLD;
  }
  if (parts.empty()) return Claim::NOT_TESTED;
  if (holds == static_cast<int>(parts.size())) return Claim::HOLDS;
  if (fails == static_cast<int>(parts.size())) return Claim::DOES_NOT_HOLD;
  return holds > 0 ? Claim::HOLDS_IN_PART : Claim::UNDECIDED;
}

// `reason` is the evidence of a claim without parts.
void Decide(const std::vector<Part>& parts, const std::string& reason,
            Claim& claim) {
  claim.verdict = Decided(parts);
  claim.evidence =
      absl::StrCat(absl::StrJoin(parts, "; ",
                                 [](std::string* out, const Part& part) {
                                   absl::StrAppend(out, part.text);
                                 }),
                   parts.empty() ? reason : ".");
}

// Whether a coefficient is at least `threshold`, by its interval.
Claim::Verdict AtLeast(const Correlation& correlation, double threshold) {
  if (!correlation.has_spearman_low()) return Claim::UNDECIDED;
  if (correlation.spearman_low() >= threshold) return Claim::HOLDS;
  if (correlation.spearman_high() < threshold) return Claim::DOES_NOT_HOLD;
  return Claim::UNDECIDED;
}

class PaperClaims {
 public:
  PaperClaims(const BenchmarkTable& table, const Statistics& statistics,
              const Search* search, const BoundStudyRecord* bound_study,
              const NtkStudy* ntk_study)
      : table_(table),
        statistics_(statistics),
        search_(search),
        bound_study_(bound_study),
        ntk_study_(ntk_study) {}

  std::vector<Claim> All() {
    Spread();
    Alike("Clean and robust accuracy rank cells alike", "Fig. 3b",
          &PaperClaims::Clean, &PaperClaims::StrongestPgd,
          "The table has no clean and PGD accuracy");
    Alike("FGSM ranks cells as PGD does", "Fig. 3b, Table 1",
          &PaperClaims::StrongestFgsm, &PaperClaims::StrongestPgd,
          "The table has no FGSM and PGD accuracy");
    Alike("AutoAttack ranks cells as PGD does", "data set",
          &PaperClaims::AutoAttack, &PaperClaims::StrongestPgd,
          "The table has no AutoAttack accuracy");
    StandardTraining();
    AcrossDatasets();
    Operations();
    SkipFromInput();
    RobustNtk();
    NtkGrowth();
    Searches();
    Bounds();
    NotTested(
        "Robustness is not due to obfuscated gradients", "appendix",
        "This needs PGD with ε up to 255/255 and Square on trained networks");
    NotTested("Robust cells also withstand common corruptions", "appendix",
              "This takes accuracies on CIFAR-10-C, which no table has");
    return std::move(claims_);
  }

 private:
  using Find = const Column* (PaperClaims::*)(const std::string&) const;

  void Add(Claim claim) { claims_.push_back(std::move(claim)); }

  // The bound may fail in a share delta of the runs; above 1 it is true of any
  // network.
  void Bounds() {
    constexpr char kText[] =
        "The NTK bounds clean and robust generalisation error";
    if (bound_study_ == nullptr) {
      NotTested(kText, "theory",
                "This takes a study of the paper's residual networks; for "
                "cells nothing is proved");
      return;
    }
    int runs = 0, clean = 0, robust = 0, clean_below = 0, robust_below = 0;
    for (const BoundStudyNetwork& network : bound_study_->networks()) {
      clean += network.clean_holds();
      robust += network.robust_holds();
      for (const BoundStudyRun& run : network.runs()) {
        ++runs;
        clean_below += run.clean_bound() < 1;
        robust_below += run.robust_bound() < 1;
      }
    }
    const double allowed = bound_study_->spec().delta() * runs;
    Claim claim = {kText, "theory", Claim::HOLDS_IN_PART, "", "bound_study"};
    if (runs - std::min(clean, robust) > allowed) {
      claim.verdict = Claim::DOES_NOT_HOLD;
    } else if (clean_below == runs && robust_below == runs) {
      claim.verdict = Claim::HOLDS;
    }
    claim.evidence = absl::StrCat(
        "On the paper's residual networks, not on cells: of ", runs,
        " trained networks the bound is above the clean error of ", clean,
        " and above the robust error of ", robust,
        "; it is below 1, where it "
        "says something, for ",
        clean_below, " and ", robust_below, ".");
    Add(std::move(claim));
  }

  void NotTested(const char* text, const char* source, const char* reason) {
    Add({text, source, Claim::NOT_TESTED, absl::StrCat(reason, "."), ""});
  }

  const Column* Strongest(const std::string& dataset, bool pgd) const {
    const Column* found = nullptr;
    double most = 0;
    for (const Column* column : table_.Columns(dataset, Column::ACCURACY)) {
      const Attack& attack = column->attack();
      if (pgd ? !attack.has_pgd() : !attack.has_fgsm()) continue;
      const double epsilon =
          pgd ? attack.pgd().epsilon() : attack.fgsm().epsilon();
      if (epsilon <= most) continue;
      most = epsilon;
      found = column;
    }
    return found;
  }
  const Column* StrongestPgd(const std::string& dataset) const {
    return Strongest(dataset, true);
  }
  const Column* StrongestFgsm(const std::string& dataset) const {
    return Strongest(dataset, false);
  }
  const Column* Clean(const std::string& dataset) const {
    return table_.Find(dataset, "clean");
  }
  const Column* AutoAttack(const std::string& dataset) const {
    return table_.Find(dataset, "autoattack");
  }

  const Distribution* Box(const ColumnKey& key) const {
    for (const Distribution& box : statistics_.distributions()) {
      if (box.column().dataset() == key.dataset() &&
          box.column().metric() == key.metric()) {
        return &box;
      }
    }
    return nullptr;
  }

  // Standard deviation of a value of the column: from its seeds where it has
  // them, else from twins in the table, else the sampling of its test images,
  // which is larger than the noise of training is likely to be.
  std::pair<double, const char*> Noise(const Column& column,
                                       double median) const {
    for (const SeedNoise& noise : statistics_.seed_noises()) {
      if (noise.column().dataset() == column.key().dataset() &&
          noise.column().metric() == column.key().metric()) {
        return {noise.standard_deviation() /
                    std::sqrt(std::max(column.seeds_size(), 1)),
                "scatter between seeds"};
      }
    }
    for (const NoiseFloor& noise : statistics_.noise_floors()) {
      if (noise.column().dataset() == column.key().dataset() &&
          noise.column().metric() == column.key().metric()) {
        return {noise.standard_deviation(), "noise between equal networks"};
      }
    }
    return {column.images() == 0
                ? 0
                : std::sqrt(median * (1 - median) / column.images()),
            "sampling of the test images"};
  }

  void Spread() {
    std::vector<Part> parts;
    for (const DatasetStatistics& dataset : statistics_.datasets()) {
      const Column* column = StrongestPgd(dataset.dataset());
      const Distribution* box =
          column == nullptr ? nullptr : Box(column->key());
      if (box == nullptr) continue;
      const double range = box->third_quartile() - box->first_quartile();
      const auto [noise, of] = Noise(*column, box->median());
      if (noise == 0) continue;
      parts.push_back(
          {range >= kWide * noise ? Claim::HOLDS : Claim::DOES_NOT_HOLD,
           absl::StrCat(dataset.dataset(), ": the middle half of ",
                        Grouped(box->cells()), " cells spans ",
                        Percent(box->first_quartile()), "–",
                        Percent(box->third_quartile()), "% under ",
                        MetricLabel(*column), ", ",
                        absl::StrFormat("%.0f", range / noise), " times the ",
                        of)});
    }
    Claim claim = {"Trained alike, cells differ widely in robust accuracy",
                   "Fig. 2, 3a"};
    claim.figure = "accuracy_box_plots";
    Decide(parts, "The table has no PGD accuracy.", claim);
    Add(std::move(claim));
  }

  void Alike(const char* text, const char* source, Find first, Find second,
             const char* reason) {
    std::vector<Part> parts;
    for (const DatasetStatistics& dataset : statistics_.datasets()) {
      const Column* one = (this->*first)(dataset.dataset());
      const Column* two = (this->*second)(dataset.dataset());
      if (one == nullptr || two == nullptr) continue;
      const Correlation* found =
          FindCorrelation(statistics_, one->key(), two->key());
      if (found == nullptr || !found->has_spearman()) continue;
      parts.push_back(
          {AtLeast(*found, kAlike),
           absl::StrCat(dataset.dataset(), ": Spearman ", WithInterval(*found),
                        " between ", ShortMetricLabel(*one), " and ",
                        ShortMetricLabel(*two))});
    }
    Claim claim = {text, source};
    claim.figure = "rank_correlation";
    Decide(parts, absl::StrCat(reason, "."), claim);
    Add(std::move(claim));
  }

  // Jung et al. (2023) trained the same cells without attacks. Where half of
  // the cells have no accuracy above chance left, what ranks them is chance.
  void StandardTraining() {
    std::vector<Part> parts;
    for (const DatasetStatistics& dataset : statistics_.datasets()) {
      const Column* standard = table_.Find(dataset.dataset(), "standard_pgd");
      const Column* robust = StrongestPgd(dataset.dataset());
      if (standard == nullptr || robust == nullptr) continue;
      const Correlation* found =
          FindCorrelation(statistics_, standard->key(), robust->key());
      if (found == nullptr || !found->has_spearman_low()) continue;
      Part part = {
          found->spearman_high() < kAlike   ? Claim::HOLDS
          : found->spearman_low() >= kAlike ? Claim::DOES_NOT_HOLD
                                            : Claim::UNDECIDED,
          absl::StrCat(dataset.dataset(), ": Spearman ", WithInterval(*found),
                       " between ", MetricLabel(*standard), " and ",
                       MetricLabel(*robust))};
      const Distribution* box = Box(standard->key());
      if (box != nullptr && box->median() <= dataset.chance()) {
        part.verdict = Claim::UNDECIDED;
        absl::StrAppend(&part.text,
                        ", a floor effect that decides nothing: half of the "
                        "cells have at most ",
                        Percent(box->median()), "%, chance is ",
                        Percent(dataset.chance()), "%");
      }
      parts.push_back(std::move(part));
    }
    Claim claim = {"Robustness after standard training ranks cells differently",
                   "Table 1"};
    claim.figure = "all_correlations";
    Decide(parts, "The table has no accuracies after standard training.",
           claim);
    if (!parts.empty()) {
      absl::StrAppend(
          &claim.evidence,
          " By the README of Jung et al. (2023) their PGD is at ε = 1/255.");
    }
    Add(std::move(claim));
  }

  // The searches by the strongest PGD on one data set, by name.
  const SearchResult* FindSearch(const std::string& dataset,
                                 const std::string& algorithm) const {
    const Column* criterion = StrongestPgd(dataset);
    if (search_ == nullptr || criterion == nullptr) return nullptr;
    for (const SearchResult& result : search_->results()) {
      if (result.dataset() == dataset && result.algorithm() == algorithm &&
          result.criterion() == criterion->key().metric()) {
        return &result;
      }
    }
    return nullptr;
  }

  static const FoundMetric* FoundCriterion(const SearchResult* result) {
    if (result == nullptr) return nullptr;
    for (const FoundMetric& found : result->found()) {
      if (found.metric() == result->criterion()) return &found;
    }
    return nullptr;
  }

  void Searches() {
    std::vector<Part> parts;
    for (const DatasetStatistics& dataset : statistics_.datasets()) {
      const auto found = [&](const char* algorithm) {
        return FoundCriterion(FindSearch(dataset.dataset(), algorithm));
      };
      const FoundMetric* local = found("local search");
      const FoundMetric* evolution = found("regularized evolution");
      const FoundMetric* random = found("random search");
      if (local == nullptr || evolution == nullptr || random == nullptr) {
        continue;
      }
      const double worse = std::min(local->low(), evolution->low());
      const double better = std::max(local->high(), evolution->high());
      parts.push_back(
          {worse > random->high()   ? Claim::HOLDS
           : better < random->low() ? Claim::DOES_NOT_HOLD
                                    : Claim::UNDECIDED,
           absl::StrCat(dataset.dataset(), ": ", Percent(local->mean(), 2),
                        "%, ", Percent(evolution->mean(), 2), "%, ",
                        Percent(random->mean(), 2), "% under ",
                        MetricLabel(*StrongestPgd(dataset.dataset())))});
    }
    Claim claim = {
        "Local search and evolution find more robust cells than random search",
        "Table 2"};
    claim.figure = "search_trajectories";
    Decide(parts, "No search was run on this table.", claim);
    if (!parts.empty()) {
      claim.evidence =
          absl::StrCat("Mean found in ", search_->spec().queries(),
                       " queries by local search, evolution, random search: ",
                       claim.evidence);
    }
    Add(std::move(claim));
  }

  void AcrossDatasets() {
    std::vector<Part> parts;
    for (int i = 0; i < statistics_.datasets_size(); ++i) {
      for (int j = i + 1; j < statistics_.datasets_size(); ++j) {
        const DatasetStatistics& one = statistics_.datasets(i);
        const DatasetStatistics& two = statistics_.datasets(j);
        const Correlation* found = FindCorrelation(
            statistics_, RankingColumn(table_, statistics_, one).key(),
            RankingColumn(table_, statistics_, two).key());
        if (found == nullptr || !found->has_spearman()) continue;
        parts.push_back({AtLeast(*found, kAlikeAcrossDatasets),
                         absl::StrCat(one.dataset(), " and ", two.dataset(),
                                      ": Spearman ", WithInterval(*found))});
      }
    }
    Claim claim = {"A cell that is robust on one data set is so on others",
                   "Fig. 3c"};
    claim.figure = "ranking";
    Decide(parts, "The table has one data set.", claim);
    Add(std::move(claim));
  }

  // Of a handful of chosen cells the best say nothing about the search space.
  static bool TooFew(const DatasetStatistics& dataset) {
    return dataset.ranking_size() <
           static_cast<int64_t>(kCellsForOneBest) * dataset.best();
  }
  static std::string FewText(const DatasetStatistics& dataset) {
    if (!TooFew(dataset)) return "";
    return absl::StrCat(" (of only ", dataset.ranking_size(), ")");
  }

  void Operations() {
    std::vector<Part> parts;
    for (const DatasetStatistics& dataset : statistics_.datasets()) {
      double conv = 0, conv_all = 0, best = 0, all = 0;
      for (const EdgeOperations& edge : dataset.edges()) {
        for (const OperationCount& count : edge.operations()) {
          best += count.best();
          all += count.all();
          if (count.operation() != "nor_conv_3x3") continue;
          conv += count.best();
          conv_all += count.all();
        }
      }
      if (best == 0) continue;
      const double share = conv / best, among_all = conv_all / all;
      // Half of the slots or more, and clearly more than among all cells.
      const double error = std::sqrt(among_all * (1 - among_all) / best);
      const bool more = share > among_all + 1.96 * error;
      parts.push_back({TooFew(dataset)        ? Claim::UNDECIDED
                       : more && share >= 0.5 ? Claim::HOLDS
                       : more                 ? Claim::UNDECIDED
                                              : Claim::DOES_NOT_HOLD,
                       absl::StrCat(dataset.dataset(), ": ", Percent(share, 0),
                                    "% of the edges of the ", dataset.best(),
                                    " best cells, ", Percent(among_all, 0),
                                    "% of all edges", FewText(dataset))});
    }
    Claim claim = {"The best cells are mostly made of 3×3 convolutions",
                   "Fig. 4"};
    claim.figure = "operation_shares";
    Decide(parts, "No cell is ranked.", claim);
    Add(std::move(claim));
  }

  void SkipFromInput() {
    std::vector<Part> parts;
    for (const DatasetStatistics& dataset : statistics_.datasets()) {
      for (const EdgeOperations& edge : dataset.edges()) {
        if (edge.source() != 0 || edge.target() != 3) continue;
        for (const OperationCount& count : edge.operations()) {
          if (count.operation() != "skip_connect" || dataset.best() == 0) {
            continue;
          }
          parts.push_back(
              {TooFew(dataset)                  ? Claim::UNDECIDED
               : count.best() == dataset.best() ? Claim::HOLDS
                                                : Claim::DOES_NOT_HOLD,
               absl::StrCat(dataset.dataset(), ": ", count.best(), " of the ",
                            dataset.best(), " best cells", FewText(dataset))});
        }
      }
    }
    Claim claim = {"The best cells skip from input to output (edge 0→3)",
                   "Fig. 4"};
    claim.figure = "operation_shares";
    Decide(parts, "No cell is ranked.", claim);
    Add(std::move(claim));
  }

  void RobustNtk() {
    std::vector<Part> parts;
    for (const DatasetStatistics& dataset : statistics_.datasets()) {
      const Column& metric = RankingColumn(table_, statistics_, dataset);
      // Of several epsilons the largest.
      const auto of = [&](KernelScore::Kind kind) -> const Correlation* {
        const Correlation* largest = nullptr;
        double epsilon = -1;
        for (const Column* column :
             table_.Columns(dataset.dataset(), Column::NTK_SCORE)) {
          if (column->kernel_kind() != kind || column->epsilon() <= epsilon ||
              column->score() != "min_eigenvalue") {
            continue;
          }
          const Correlation* found =
              FindCorrelation(statistics_, column->key(), metric.key());
          if (found == nullptr || !found->has_spearman()) continue;
          largest = found;
          epsilon = column->epsilon();
        }
        return largest;
      };
      const Correlation* clean = of(KernelScore::CLEAN);
      const Correlation* robust = of(KernelScore::ROBUST);
      if (clean == nullptr || robust == nullptr) continue;
      Claim::Verdict verdict = Claim::UNDECIDED;
      if (clean->has_spearman_low() && robust->has_spearman_low()) {
        if (robust->spearman_low() > clean->spearman_high()) {
          verdict = Claim::HOLDS;
        } else if (robust->spearman_high() < clean->spearman_low()) {
          verdict = Claim::DOES_NOT_HOLD;
        }
      }
      parts.push_back(
          {verdict,
           absl::StrCat(
               dataset.dataset(), ": Spearman with ", MetricLabel(metric),
               " is ", WithInterval(*robust),
               " for the smallest eigenvalue of the robust NTK, ",
               WithInterval(*clean), " of the clean one",
               verdict == Claim::UNDECIDED ? ": the intervals overlap" : "")});
    }
    Claim claim = {
        "The robust NTK predicts robust accuracy better than the clean one",
        "Fig. 5"};
    claim.figure = "ntk_against_accuracy";
    if (ntk_study_ != nullptr) {
      claim.figure = "ntk_study";
      for (const NtkVerdict& found : RobustNtkVerdicts(*ntk_study_)) {
        parts.push_back({found.verdict, found.text});
      }
    }
    Decide(parts, "The table has no NTK scores.", claim);
    Add(std::move(claim));
  }

  void NtkGrowth() {
    std::vector<Part> parts;
    if (ntk_study_ != nullptr) {
      for (const NtkVerdict& found : NtkGrowthVerdicts(*ntk_study_)) {
        parts.push_back({found.verdict, found.text});
      }
    }
    Claim claim = {"The robust NTK predicts better the larger ε is", "Fig. 5"};
    claim.figure = "ntk_study";
    Decide(parts,
           "This needs NTK scores at several ε and accuracies under them, as "
           "the NTK study has them.",
           claim);
    Add(std::move(claim));
  }

  const BenchmarkTable& table_;
  const Statistics& statistics_;
  const Search* search_;
  const BoundStudyRecord* bound_study_;
  const NtkStudy* ntk_study_;
  std::vector<Claim> claims_;
};

}  // namespace

std::string VerdictName(Claim::Verdict verdict) {
  switch (verdict) {
    case Claim::HOLDS:
      return "holds";
    case Claim::HOLDS_IN_PART:
      return "holds in part";
    case Claim::DOES_NOT_HOLD:
      return "does not hold";
    case Claim::UNDECIDED:
      return "undecided";
    case Claim::NOT_TESTED:
      return "not tested";
  }
  return "";
}

std::vector<Claim> Claims(const BenchmarkTable& table,
                          const Statistics& statistics, const Search* search,
                          const BoundStudyRecord* bound_study,
                          const NtkStudy* ntk_study) {
  return PaperClaims(table, statistics, search, bound_study, ntk_study).All();
}

}  // namespace robbench
