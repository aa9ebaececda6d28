// Makes the claim about search algorithms, and says what is found with few
// trained cells.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claim_parts.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/search/find_budget.h"
#include "analysis/search/search.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/number_format.h"

namespace robbench {
namespace {

constexpr double kConfidence = 0.95;  // search.proto states it

// Returns the search of an algorithm by `criterion`.
const SearchResult* FindResult(const Search& search, const ColumnKey& criterion,
                               const std::string& algorithm) {
  for (const SearchResult& result : search.results()) {
    if (result.dataset() == criterion.dataset() &&
        result.algorithm() == algorithm &&
        result.criterion() == criterion.metric()) {
      return &result;
    }
  }
  return nullptr;
}

// Returns what a search found, by its criterion.
const FoundMetric* FindFound(const SearchResult* result) {
  if (result == nullptr) return nullptr;
  for (const FoundMetric& found : result->found()) {
    if (found.metric() == result->criterion()) return &found;
  }
  return nullptr;
}

// Adds how much of what a search found is likely to be noise.
void AddSelection(const SearchResult& result, const std::string& protocol,
                  Claim::Part& part) {
  if (!result.has_selection()) return;
  const SelectionBias& bias = result.selection();
  const std::string how = absl::StrCat(
      protocol, bias.source() == SelectionBias::UNSEEN_SEEDS
                    ? "; looked up in seeds that the search did not see"
                    : "; the noise between equal networks added once more");
  AddEstimate(result.algorithm() + " overrated",
              absl::StrCat("by how much ", result.algorithm(),
                           " overrates what it finds"),
              "share", bias.overrated(), {result.dataset()}, how, part);
  AddEstimate(result.algorithm() + " corrected",
              absl::StrCat("found by ", result.algorithm(),
                           ", corrected for what noise adds"),
              "share", bias.value(), {result.dataset()}, how, part);
}

// Returns what an algorithm found by the criterion with so many queries, or
// null.
const BudgetResult* FoundWith(const Search& search, const Column& criterion,
                              const std::string& algorithm, uint32_t queries) {
  const SearchResult* result = FindResult(search, criterion.key(), algorithm);
  return result == nullptr ? nullptr : FindBudget(*result, queries);
}

}  // namespace

Claim SearchesBeatRandom(const ClaimInputs& inputs) {
  Claim claim = NewClaim(
      "searches_beat_random",
      "Local search and evolution find more robust cells than random search",
      "Table 2", "search_trajectories");
  claim.mutable_rule()->set_words(absl::StrCat(
      "Holds where the ", Percent(kConfidence, 0),
      " % intervals of the mean that local search and evolution find both lie "
      "above that of random search, does not hold where both lie below; "
      "undecided otherwise."));
  claim.mutable_rule()->mutable_found_above_random()->set_confidence(
      kConfidence);
  claim.set_not_covered(
      "What a search finds is the highest of noisy values, which flatters all "
      "algorithms: the evidence has by how much, the rule leaves it in. Other "
      "numbers of queries, and other settings of the algorithms.");
  for (const DatasetStatistics& dataset : inputs.statistics.datasets()) {
    const Column* criterion = FindStrongestPgd(inputs.table, dataset.dataset());
    if (inputs.search == nullptr || criterion == nullptr) continue;
    Claim::Part part;
    std::string means;
    int algorithms = 0;
    for (const char* algorithm :
         {"local search", "regularized evolution", "random search"}) {
      const SearchResult* result =
          FindResult(*inputs.search, criterion->key(), algorithm);
      const FoundMetric* found = FindFound(result);
      if (found == nullptr) continue;
      const std::string protocol =
          absl::StrCat(inputs.search->spec().queries(), " queries, ",
                       Grouped(inputs.search->spec().repeats()), " repeats; ",
                       ProtocolOf(inputs.table, *criterion));
      ++algorithms;
      Estimate& estimate = AddEstimate(
          algorithm, absl::StrCat("mean found by ", algorithm), "share",
          found->mean(), {dataset.dataset()}, protocol, part);
      estimate.set_low(found->low());
      estimate.set_high(found->high());
      estimate.set_interval("95 %, of the mean over repeats");
      AddSelection(*result, protocol, part);
      absl::StrAppend(&means, algorithm, " ", Percent(found->mean(), 2), "% [",
                      Percent(found->low(), 2), ", ", Percent(found->high(), 2),
                      "], ");
    }
    if (algorithms < 3) continue;
    means.resize(means.size() - 2);
    AddPart(
        DatasetLabel(dataset.dataset()),
        absl::StrCat("mean found in ", inputs.search->spec().queries(),
                     " queries under ", MetricLabel(*criterion), ": ", means),
        std::move(part), claim);
  }
  return Decided("No search was run on this table.", std::move(claim));
}

std::vector<Finding> SearchFindings(const ClaimInputs& inputs,
                                    const std::string& dataset) {
  std::vector<Finding> findings;
  const Column* criterion = FindStrongestPgd(inputs.table, dataset);
  if (inputs.search == nullptr || criterion == nullptr) return findings;
  const SearchSpec& spec = inputs.search->spec();
  const auto random = std::find_if(
      spec.algorithms().begin(), spec.algorithms().end(),
      [](const SearchAlgorithm& each) { return each.has_random(); });
  if (random == spec.algorithms().end()) return findings;
  for (const SearchAlgorithm& algorithm : spec.algorithms()) {
    if (!algorithm.has_predictor()) continue;
    Finding finding;
    std::vector<std::string> parts;
    Claim::Part evidence;
    const auto value = [&](const std::string& name, uint32_t queries,
                           const BudgetResult& budget) {
      Estimate& estimate = AddEstimate(
          absl::StrCat(name, " ", queries),
          absl::StrCat("mean found with ", queries, " trained cells: ", name),
          "share", budget.mean(), {dataset},
          absl::StrCat(Grouped(spec.repeats()), " repeats; ",
                       ProtocolOf(inputs.table, *criterion)),
          evidence);
      estimate.set_low(budget.low());
      estimate.set_high(budget.high());
      estimate.set_interval("95 %, of the mean over repeats");
      return absl::StrCat(Percent(budget.mean(), 2), "% [",
                          Percent(budget.low(), 2), ", ",
                          Percent(budget.high(), 2), "]");
    };
    for (const uint32_t queries : spec.budgets()) {
      const BudgetResult* ordered =
          FoundWith(*inputs.search, *criterion, algorithm.name(), queries);
      const BudgetResult* drawn =
          FoundWith(*inputs.search, *criterion, random->name(), queries);
      if (ordered == nullptr || drawn == nullptr) continue;
      std::string part =
          absl::StrCat("with ", queries, " trained cells ", algorithm.name(),
                       " ", value(algorithm.name(), queries, *ordered), ", ");
      absl::StrAppend(&part, random->name(), " ",
                      value(random->name(), queries, *drawn));
      parts.push_back(std::move(part));
    }
    if (parts.empty()) continue;
    finding.set_dataset(dataset);
    finding.set_heading("What few trained cells give");
    finding.set_text(absl::StrCat(
        "The best cell found under ", MetricLabel(*criterion), ", mean of ",
        Grouped(spec.repeats()),
        " repeats [95% interval]: ", absl::StrJoin(parts, "; "), "."));
    *finding.mutable_evidence() = evidence.evidence();
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace robbench
