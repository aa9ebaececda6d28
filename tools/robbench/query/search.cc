#include "tools/robbench/query/search.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/search/architecture_search.h"
#include "analysis/search/find_budget.h"
#include "analysis/search/search.pb.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/number_format.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/query/columns.h"
#include "tools/robbench/query/paper_search.embed.h"
#include "tools/robbench/text.h"

namespace robbench {
namespace {

absl::StatusOr<SearchSpec> MakeSpec(const SearchOptions& options,
                                    const TableSelection& selection,
                                    const BenchmarkTable& table) {
  SearchSpec spec;
  if (options.spec_path.empty()) {
    ROBBENCH_RETURN_IF_ERROR(
        ParseTextProto("search.textproto", kPaperSpec, &spec));
  } else {
    ROBBENCH_ASSIGN_OR_RETURN(auto file,
                              ReadTextProto<SearchSpec>(options.spec_path));
    spec = std::move(file.message);
  }
  if (options.queries > 0) {
    spec.set_queries(options.queries);
    auto& budgets = *spec.mutable_budgets();
    budgets.erase(std::remove_if(
                      budgets.begin(), budgets.end(),
                      [&](uint32_t budget) { return budget > spec.queries(); }),
                  budgets.end());
  }
  if (options.repeats > 0) spec.set_repeats(options.repeats);
  if (!selection.metric.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::vector<const Column*> columns,
                              SelectedColumns(table, selection));
    spec.clear_criteria();
    spec.add_criteria(columns[0]->key().metric());
  }
  return spec;
}

// Returns the table with the columns of one data set.
absl::StatusOr<BenchmarkTable> OnlyDataset(const std::string& path,
                                           const BenchmarkTable& table,
                                           const std::string& dataset) {
  Table part = table.proto();
  part.clear_columns();
  for (const Column& column : table.proto().columns()) {
    if (column.key().dataset() == dataset) *part.add_columns() = column;
  }
  part.clear_benchmarks();
  for (const Benchmark& benchmark : table.proto().benchmarks()) {
    if (benchmark.dataset().name() == dataset) {
      *part.add_benchmarks() = benchmark;
    }
  }
  return BenchmarkTable::Make(path, std::move(part));
}

// Returns a row for the table of what was found with each of the budgets.
std::vector<std::string> BudgetRow(const Search& search,
                                   const SearchResult& result) {
  std::vector<std::string> row = {result.algorithm(), result.criterion()};
  for (const uint32_t queries : search.spec().budgets()) {
    const BudgetResult* budget = FindBudget(result, queries);
    row.push_back(budget == nullptr
                      ? ""
                      : absl::StrFormat("%s ± %.2f", Percent(budget->mean(), 2),
                                        50 * (budget->high() - budget->low())));
  }
  return row;
}

std::string Print(const Search& search, const Terminal& terminal) {
  std::string text;
  const std::string* dataset = nullptr;
  std::vector<TextTable::Head> heads;
  std::vector<std::vector<std::string>> rows;
  std::vector<TextTable::Head> budget_heads = {{"algorithm", false},
                                               {"by", false}};
  for (const uint32_t queries : search.spec().budgets()) {
    budget_heads.push_back({absl::StrCat(queries)});
  }
  std::vector<std::vector<std::string>> budget_rows;
  const auto print = [&](const std::vector<TextTable::Head>& table_heads,
                         std::vector<std::vector<std::string>>& table_rows) {
    TextTable table(table_heads, /*keys=*/2);
    for (auto& row : table_rows) table.Add(std::move(row));
    table_rows.clear();
    return table.Print(terminal);
  };
  const auto flush = [&] {
    if (dataset == nullptr) return;
    absl::StrAppend(&text, text.empty() ? "" : "\n", *dataset, ", ",
                    search.spec().queries(), " queries, mean of ",
                    Grouped(search.spec().repeats()), " repeats\n",
                    print(heads, rows));
    if (search.spec().budgets().empty()) return;
    absl::StrAppend(
        &text, "\n", *dataset,
        ", found by number of queries (%, with its 95 % interval)\n",
        print(budget_heads, budget_rows));
  };
  for (const SearchResult& result : search.results()) {
    if (dataset == nullptr || *dataset != result.dataset()) {
      flush();
      dataset = &result.dataset();
      heads = {{"algorithm", false}, {"by", false}};
      for (const FoundMetric& found : result.found()) {
        heads.push_back({found.metric()});
      }
      heads.push_back({"regret"});
      heads.push_back({"found the best"});
      heads.push_back({"overrated"});
      heads.push_back({"value, corrected"});
      heads.push_back({"regret, corrected"});
    }
    std::vector<std::string> row = {result.algorithm(), result.criterion()};
    for (const FoundMetric& found : result.found()) {
      row.push_back(absl::StrCat(Percent(found.mean(), 2), " %"));
    }
    row.push_back(absl::StrFormat("%.2f", 100 * result.regret()));
    row.push_back(absl::StrCat(
        Percent(1.0 * result.found_highest() / search.spec().repeats(), 0),
        " %"));
    if (result.has_selection()) {
      const SelectionBias& bias = result.selection();
      row.push_back(absl::StrFormat("%.2f", 100 * bias.overrated()));
      row.push_back(absl::StrCat(Percent(bias.value(), 2), " %"));
      // Adding 0.0 avoids "-0.00".
      row.push_back(
          absl::StrFormat("%.2f", std::round(1e4 * bias.regret()) / 100 + 0.0));
    } else {
      row.insert(row.end(), 3, "");
    }
    rows.push_back(std::move(row));
    budget_rows.push_back(BudgetRow(search, result));
  }
  flush();
  return text;
}

std::string PrintCsv(const Search& search) {
  std::vector<std::string> found_heads;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const SearchResult& result : search.results()) {
    nlohmann::ordered_json row = {{"dataset", result.dataset()},
                                  {"algorithm", result.algorithm()},
                                  {"criterion", result.criterion()},
                                  {"queries", search.spec().queries()},
                                  {"repeats", search.spec().repeats()},
                                  {"highest", result.highest()},
                                  {"regret", result.regret()},
                                  {"found_highest", result.found_highest()}};
    if (result.has_selection()) {
      row["overrated"] = result.selection().overrated();
      row["value_corrected"] = result.selection().value();
      row["regret_corrected"] = result.selection().regret();
    }
    for (const BudgetResult& budget : result.budgets()) {
      const std::string after = absl::StrCat("_after_", budget.queries());
      row["value" + after] = budget.mean();
      row["low" + after] = budget.low();
      row["high" + after] = budget.high();
      row["regret" + after] = budget.regret();
      if (!budget.has_selection()) continue;
      row["value_corrected" + after] = budget.selection().value();
      row["regret_corrected" + after] = budget.selection().regret();
    }
    for (const FoundMetric& found : result.found()) {
      const std::string head = absl::StrCat("found_", found.metric());
      if (std::count(found_heads.begin(), found_heads.end(), head) == 0) {
        found_heads.push_back(head);
      }
      row[head] = found.mean();
    }
    rows.push_back(std::move(row));
  }
  std::vector<std::string> heads = {
      "dataset",   "algorithm",       "criterion",       "queries",
      "repeats",   "highest",         "regret",          "found_highest",
      "overrated", "value_corrected", "regret_corrected"};
  for (const uint32_t budget : search.spec().budgets()) {
    for (const char* head : {"value", "low", "high", "regret",
                             "value_corrected", "regret_corrected"}) {
      heads.push_back(absl::StrCat(head, "_after_", budget));
    }
  }
  heads.insert(heads.end(), found_heads.begin(), found_heads.end());
  return Csv(heads, rows);
}

}  // namespace

absl::StatusOr<std::string> SearchTable(const std::string& table_path,
                                        const BenchmarkTable& table,
                                        const SearchOptions& options,
                                        const TableSelection& selection,
                                        const Output& output) {
  ROBBENCH_ASSIGN_OR_RETURN(const SearchSpec spec,
                            MakeSpec(options, selection, table));
  const std::string spec_path =
      options.spec_path.empty() ? "search.textproto" : options.spec_path;
  absl::StatusOr<Search> search = absl::InternalError("");
  if (selection.dataset.empty()) {
    search = RunSearches(table_path, table, spec_path, spec);
  } else {
    ROBBENCH_ASSIGN_OR_RETURN(const std::vector<std::string> datasets,
                              SelectedDatasets(table, selection));
    ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable part,
                              OnlyDataset(table_path, table, datasets[0]));
    search = RunSearches(table_path, part, spec_path, spec);
  }
  if (!search.ok()) return search.status();
  if (output.format == OutputFormat::kCsv) return PrintCsv(*search);
  if (output.format == OutputFormat::kText)
    return Print(*search, output.terminal);
  *search->mutable_provenance() = MakeProvenance("tools:robbench", "", {});
  return Dump(ToJson(*search));
}

}  // namespace robbench
