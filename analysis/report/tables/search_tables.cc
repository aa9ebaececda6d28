#include "analysis/report/tables/search_tables.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
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

}  // namespace

std::vector<ReportTable> SearchTables(const Search& search) {
  std::vector<ReportTable> tables;
  const std::string* dataset = nullptr;
  for (const SearchResult& result : search.results()) {
    if (dataset == nullptr || *dataset != result.dataset()) {
      dataset = &result.dataset();
      tables.push_back(EmptyTable(search, *dataset));
    }
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
  return tables;
}

}  // namespace robbench
