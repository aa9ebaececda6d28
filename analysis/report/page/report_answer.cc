#include "analysis/report/page/report_answer.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/claims/decide_claim.h"
#include "analysis/report/page/report_content.h"
#include "analysis/statistics/compute_statistics.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/escape.h"
#include "analysis/text/number_format.h"

namespace robbench {
namespace {

std::string NumberCell(const std::string& text, const std::string& more = "") {
  return absl::StrCat("<td class=\"number", more, "\">", EscapeHtml(text),
                      "</td>");
}

// Returns the clean accuracy of a cell, or a dash.
std::string CleanText(const BenchmarkTable& table, const std::string& dataset,
                      int cell) {
  for (const Column* column : table.Columns(dataset, Column::ACCURACY)) {
    if (column->has_attack() && column->attack().has_clean()) {
      return Percent(column->mean(cell));
    }
  }
  const Column* clean = table.Find(dataset, "clean");
  return clean == nullptr ? "–" : Percent(clean->mean(cell));
}

std::string MedianText(const Statistics& statistics, const ColumnKey& key) {
  for (const Distribution& box : statistics.distributions()) {
    if (box.column().dataset() == key.dataset() &&
        box.column().metric() == key.metric()) {
      return Percent(box.median());
    }
  }
  return "–";
}

std::string BestCellsHtml(const AnalysedTable& analysed) {
  const BenchmarkTable& table = analysed.table;
  const Statistics& statistics = analysed.statistics;
  std::string rows, label;
  // The fewest and the most ranked cells of any data set.
  int fewest = table.num_cells(), most = 0;
  for (const DatasetStatistics& dataset : statistics.datasets()) {
    if (dataset.ranking().empty()) continue;
    const Column& metric = RankingColumn(table, statistics, dataset);
    label = MetricLabel(metric);
    fewest = std::min(fewest, dataset.ranking_size());
    most = std::max(most, dataset.ranking_size());
    const RankedCell& best = dataset.ranking(0);
    const int cell = *table.PositionOf(best.cell());
    absl::StrAppend(
        &rows, "<tr><th scope=\"row\">",
        EscapeHtml(DatasetLabel(dataset.dataset())), "</th><td>",
        CodeHtml(table, dataset.dataset(), table.cell(cell)), "</td>",
        NumberCell(absl::StrCat(best.cell().index()), " index"),
        NumberCell(CleanText(table, dataset.dataset(), cell)),
        NumberCell(Percent(best.value())),
        NumberCell(MedianText(statistics, metric.key())), "</tr>\n");
  }
  if (rows.empty()) return "";
  return absl::StrCat(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"The "
      "most robust cell\"><table class=\"answer\"><caption>The highest of ",
      fewest == most ? "" : Grouped(fewest) + " to ", Grouped(most),
      " cells by ", EscapeHtml(label),
      ", accuracies in %; noise does not tell all others apart from it "
      "(robbench top)</caption>\n<thead><tr><th scope=\"col\">data set</th>"
      "<th scope=\"col\">cell</th><th scope=\"col\" class=\"number "
      "index\">index</th>"
      "<th scope=\"col\" class=\"number\">clean</th><th scope=\"col\" "
      "class=\"number\">robust</th><th scope=\"col\" class=\"number\">median "
      "of "
      "all</th></tr></thead>\n<tbody>\n",
      rows, "</tbody></table></div>\n");
}

std::string TallyHtml(const Claims& claims) {
  std::map<Claim::Verdict, int> counts;
  for (const Claim& claim : claims.claims()) ++counts[claim.verdict()];
  std::string html;
  for (const Claim::Verdict verdict :
       {Claim::HOLDS, Claim::HOLDS_IN_PART, Claim::DOES_NOT_HOLD,
        Claim::UNDECIDED, Claim::NOT_TESTED}) {
    if (counts[verdict] == 0) continue;
    const std::string name = VerdictName(verdict);
    absl::StrAppend(&html, " <span class=\"",
                    absl::StrReplaceAll(name, {{" ", "-"}}),
                    "\"><span class=\"verdict\">", name, ": ", counts[verdict],
                    "</span></span>");
  }
  if (html.empty()) return "";
  return absl::StrCat("<p class=\"tally\"><a href=\"#claims\">",
                      claims.claims_size(), " claims</a>", html, "</p>\n");
}

}  // namespace

std::string AnswerHtml(const AnalysedTable& analysed, const Claims& claims,
                       size_t warnings) {
  std::string html =
      absl::StrCat("<section id=\"answer\" aria-label=\"The answer\">\n",
                   BestCellsHtml(analysed), TallyHtml(claims));
  if (warnings > 0) {
    absl::StrAppend(&html, "<p class=\"warned\"><a href=\"#warnings\">",
                    warnings, warnings == 1 ? " warning" : " warnings",
                    "</a></p>\n");
  }
  return html +
         "<form class=\"look\" hidden><label>Look at cell <input name=\"cell\" "
         "size=\"14\" autocomplete=\"off\" placeholder=\"index or code\">"
         "</label> <label>beside <input name=\"other\" size=\"14\" "
         "autocomplete=\"off\" placeholder=\"none\"></label> <button>Show"
         "</button><p class=\"problem\" role=\"alert\"></p></form>\n"
         "</section>\n";
}

}  // namespace robbench
