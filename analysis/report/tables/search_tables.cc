#include "analysis/report/tables/search_tables.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/search/find_budget.h"
#include "analysis/table/dataset_label.h"
#include "analysis/text/escape.h"
#include "analysis/text/number_format.h"

namespace robbench {
namespace {

ReportCell Text(std::string text) { return {.text = std::move(text)}; }

ReportCell Points(double value) {
  // Adding 0.0 avoids "-0.00".
  const double rounded = std::round(1e4 * value) / 100 + 0.0;
  return {absl::StrFormat("%.2f", rounded), 100 * value, ""};
}

const char* SourceText(const SelectionBias& bias) {
  return bias.source() == SelectionBias::UNSEEN_SEEDS ? "unseen seeds"
                                                      : "added noise";
}

ReportTable EmptyTable(const Search& search, const std::string& dataset) {
  ReportTable out;
  out.name = "searches-" + AnchorName(dataset);
  out.title =
      "What searches find, and what of it is noise: " + DatasetLabel(dataset);
  out.note = absl::StrCat(
      "The cell found in ", search.spec().queries(), " queries, mean of ",
      Grouped(search.spec().repeats()),
      " repeats, in %; regret in points below the highest cell of the table. "
      "Both hold noise, as a search picks what noise is kind to. Overrated: by "
      "how much, in points, of the cell found and of the highest of all; told "
      "by "
      "seeds that the search did not see, or by adding the table's noise floor "
      "once more (normal, equal for all cells) and looking up what is then "
      "found "
      "without it. The corrected regret is against the cell that is highest "
      "where "
      "a search looks: a better one may be hidden by noise. Corrected values "
      "of "
      "one table are uncertain by about its noise.");
  out.columns = {{"algorithm", "", false},
                 {"by", "the criterion", false},
                 {"found", "in the table", true},
                 {"regret", "in the table", true},
                 {"found the highest", "percent of repeats", true},
                 {"told by", "", false},
                 {"noise", "of a value", true},
                 {"overrated", "the cell found", true},
                 {"highest", "overrated", true},
                 {"found, corrected", "", true},
                 {"regret, corrected", "", true}};
  return out;
}

ReportTable EmptyBudgets(const Search& search, const std::string& dataset) {
  ReportTable out;
  out.name = "search-budgets-" + AnchorName(dataset);
  out.title = "What searches find with few queries: " + DatasetLabel(dataset);
  out.note = absl::StrCat(
      "The best cell found by ", absl::StrJoin(search.spec().budgets(), ", "),
      " queries, each a cell that is trained: mean of ",
      Grouped(search.spec().repeats()),
      " repeats in the table, in %, with its 95 % interval; regret in points, "
      "corrected for noise as in the table before, so that it is below 0 where "
      "the cell found is better than the one that is highest where a search "
      "looks. \"By\" or \"from\" a number that needs no training: its best "
      "cells are trained in its order, equal ones at random, or a search "
      "starts from them. Successive halving has a dash where it has not yet "
      "trained all cells that it compares.");
  out.columns = {{"algorithm", "", false}, {"by", "the criterion", false}};
  for (const uint32_t budget : search.spec().budgets()) {
    out.columns.push_back({absl::StrCat("found, ", budget),
                           absl::StrCat("after ", budget, " queries"), true});
    out.columns.push_back(
        {absl::StrCat("regret, ", budget),
         absl::StrCat("after ", budget, " queries, corrected"), true});
  }
  return out;
}

ReportCell Interval(const BudgetResult& budget) {
  return {absl::StrFormat("%.2f [%.2f, %.2f]", 100 * budget.mean(),
                          100 * budget.low(), 100 * budget.high()),
          100 * budget.mean(), ""};
}

std::vector<ReportCell> BudgetRow(const Search& search,
                                  const SearchResult& result) {
  std::vector<ReportCell> row = {Text(result.algorithm()),
                                 Text(result.criterion())};
  for (const uint32_t queries : search.spec().budgets()) {
    const BudgetResult* budget = FindBudget(result, queries);
    row.push_back(budget != nullptr ? Interval(*budget) : Text("–"));
    row.push_back(budget != nullptr && budget->has_selection()
                      ? Points(budget->selection().regret())
                      : Text("–"));
  }
  return row;
}

}  // namespace

std::vector<ReportTable> SearchTables(const Search& search) {
  std::vector<ReportTable> tables, budgets;
  const std::string* dataset = nullptr;
  for (const SearchResult& result : search.results()) {
    if (dataset == nullptr || *dataset != result.dataset()) {
      dataset = &result.dataset();
      tables.push_back(EmptyTable(search, *dataset));
      budgets.push_back(EmptyBudgets(search, *dataset));
    }
    budgets.back().rows.push_back(BudgetRow(search, result));
    auto& row = tables.back().rows.emplace_back();
    const double share =
        100.0 * result.found_highest() / search.spec().repeats();
    row = {Text(result.algorithm()),
           Text(result.criterion()),
           Points(result.highest() - result.regret()),
           Points(result.regret()),
           {absl::StrFormat("%.0f", share), share, ""}};
    if (!result.has_selection()) {
      row.insert(row.end(), 6, Text("–"));
      continue;
    }
    const SelectionBias& bias = result.selection();
    row.push_back(Text(SourceText(bias)));
    row.push_back(bias.has_noise() ? Points(bias.noise()) : Text("–"));
    row.push_back(Points(bias.overrated()));
    row.push_back(Points(bias.highest_overrated()));
    row.push_back(Points(bias.value()));
    row.push_back(Points(bias.regret()));
  }
  if (search.spec().budgets().empty()) return tables;
  // Each data set's two tables are side by side.
  std::vector<ReportTable> both;
  for (size_t i = 0; i < tables.size(); ++i) {
    both.push_back(std::move(tables[i]));
    both.push_back(std::move(budgets[i]));
  }
  return both;
}

}  // namespace robbench
