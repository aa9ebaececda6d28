#include "analysis/report/page/report_page.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/report/page/report_answer.h"
#include "analysis/report/page/report_assets.embed.h"
#include "analysis/report/page/report_claims.h"
#include "analysis/report/page/report_content.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/cell_name.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/table.pb.h"
#include "analysis/text/escape.h"
#include "nas/base/field_error.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/status_macros.h"
#include "nas/cell.pb.h"

namespace robbench {
namespace {

std::string Hash(const std::string& sha256) {
  return absl::StrCat("<code class=\"hash\">", EscapeHtml(sha256), "</code>");
}

std::string SourceName(const RecordSource& source) {
  switch (source.kind()) {
    case RecordSource::TRAINING:
      return "training";
    case RecordSource::EVALUATION:
      return absl::StrCat("evaluation, suite ", source.suite());
    case RecordSource::NTK:
      return "NTK";
  }
  return "";
}

std::string SourcesHtml(const Table& table, const CellRun& run) {
  std::string html;
  for (const RecordSource& source : run.sources()) {
    absl::StrAppend(&html, "<dt>", EscapeHtml(SourceName(source)), " by ",
                    EscapeHtml(source.producer()), "</dt><dd>record ",
                    Hash(source.record_sha256()));
    for (const uint32_t input : source.inputs()) {
      absl::StrAppend(&html, "<br>", EscapeHtml(table.inputs(input).role()),
                      " ", Hash(table.inputs(input).sha256()));
    }
    if (source.kind() == RecordSource::TRAINING) {
      absl::StrAppend(&html, "<br>weights made ", Hash(run.weights_sha256()));
    }
    html += "</dd>\n";
  }
  return html;
}

// Lists every cell's records and their inputs. The cells' own numbers link to
// it.
std::string ProvenanceHtml(const AnalysedTable& analysed) {
  const Table& table = analysed.table.proto();
  std::string html = absl::StrCat(
      "<section id=\"provenance\"><h2>Where every number comes from</h2>\n"
      "<p>",
      table.runs().empty()
          ? "Each number is computed from the published table with this "
            "SHA-256."
          : "Each number is computed from the records of its cell, each record "
            "from files whose SHA-256 it holds. Open a cell to see them; a "
            "code in a table leads to its cell here.",
      "</p>\n<dl class=\"files\"><dt>table</dt><dd>",
      Hash(analysed.table_sha256), "</dd>\n");
  for (const InputDigest& input : table.provenance().inputs()) {
    absl::StrAppend(&html, "<dt>the table's ", EscapeHtml(input.role()),
                    "</dt><dd>", Hash(input.sha256()), "</dd>\n");
  }
  absl::StrAppend(&html, "<dt>statistics</dt><dd>",
                  Hash(analysed.statistics_sha256), "</dd>\n");
  for (const InputDigest& input : analysed.statistics.provenance().inputs()) {
    if (input.role() == "table") continue;
    absl::StrAppend(&html, "<dt>the statistics' ", EscapeHtml(input.role()),
                    "</dt><dd>", Hash(input.sha256()), "</dd>\n");
  }
  if (table.runs().empty()) return html + "</dl></section>\n";
  html +=
      "</dl>\n<p class=\"note\">“records” is the SHA-256 of the records' own, "
      "sorted, one a line.</p>\n<div class=\"tools\" hidden><label>Filter "
      "<input type=\"search\" data-blocks=\"runs\" placeholder=\"code or "
      "index\"></label> <output></output></div>\n<div id=\"runs\">\n";
  // If there are many cells, the document has the first ones. The others are
  // the text of a script of no language, which a browser leaves unparsed until
  // report_page.js needs a cell that is in it. No name in it can end the
  // script: each "<" is escaped.
  std::set<std::pair<std::string, uint32_t>> blocks;
  for (const CellRun& run : table.runs()) {
    blocks.emplace(run.dataset(), run.cell().index());
  }
  const bool many = blocks.size() > kMostRowsAtOnce;
  size_t written = 0;
  const CellRun* last = nullptr;
  for (const CellRun& run : table.runs()) {
    const CellIdentity& cell =
        analysed.table.cell(*analysed.table.PositionOf(run.cell()));
    if (last == nullptr || last->cell().index() != cell.index() ||
        last->dataset() != run.dataset()) {
      if (last != nullptr) html += "</details>\n";
      if (many && written == kRowsOfAPage) {
        html += "</div><script type=\"text/html\" id=\"runs-more\">\n";
      }
      ++written;
      absl::StrAppend(
          &html, "<details id=\"runs-", AnchorName(run.dataset()), "-",
          cell.index(), "\" class=\"run\"><summary>cell ", CellName(cell), ", ",
          EscapeHtml(DatasetLabel(run.dataset())), "</summary>\n<p><code>",
          EscapeHtml(cell.architecture()), "</code>, represented by cell ",
          cell.representative(), "</p>\n");
    }
    absl::StrAppend(&html, "<h3>Seed ", run.seed(),
                    "</h3>\n<dl class=\"files\">", SourcesHtml(table, run),
                    "</dl>\n");
    last = &run;
  }
  if (last != nullptr) html += "</details>\n";
  return html + (many ? "</script></section>\n" : "</div></section>\n");
}

std::string SummaryHtml(const std::vector<std::string>& warnings,
                        const Claims& claims) {
  std::string html = absl::StrCat("<section id=\"summary\"><h2>Summary</h2>\n",
                                  FindingsHtml(claims));
  if (!warnings.empty()) {
    html += "<div id=\"warnings\" role=\"note\"><h3>Warnings</h3><ul>\n";
    for (const std::string& warning : warnings) {
      absl::StrAppend(&html, "<li>", EscapeHtml(warning), "</li>\n");
    }
    html += "</ul></div>\n";
  }
  return html + "</section>\n";
}

std::string SettingHtml(const BenchmarkTable& table) {
  std::string html = "<section id=\"setting\"><h2>What was run</h2>\n";
  const bool many = table.proto().benchmarks_size() > 1;
  for (const Benchmark& benchmark : table.proto().benchmarks()) {
    if (many) {
      absl::StrAppend(&html, "<details><summary><h3>",
                      EscapeHtml(DatasetLabel(benchmark.dataset().name())),
                      "</h3></summary>\n");
    }
    html += "<dl>\n";
    for (const auto& [name, value] : Setting(table, benchmark)) {
      absl::StrAppend(
          &html, "<div><dt>", EscapeHtml(name), "</dt><dd>",
          name == "Data set's SHA-256" ? Hash(value) : EscapeHtml(value),
          "</dd></div>\n");
    }
    absl::StrAppend(&html, "</dl>\n", many ? "</details>\n" : "");
  }
  return html + "</section>\n";
}

}  // namespace

absl::StatusOr<std::string> InlineSvg(const Drawing& drawing) {
  const std::string file = drawing.name + ".svg";
  const size_t start = drawing.svg.find("<svg");
  const size_t end =
      start == std::string::npos ? start : drawing.svg.find('>', start);
  const size_t view =
      start == std::string::npos ? start : drawing.svg.find("viewBox=", start);
  if (end == std::string::npos || view == std::string::npos || view > end ||
      !absl::StrContains(drawing.svg, "</svg>")) {
    return FieldError(file, "svg", "an SVG file with a viewBox", "none");
  }
  for (const char* active : {"<script", "javascript:", "onload="}) {
    if (absl::StrContains(drawing.svg, active)) {
      return FieldError(file, "svg", "a drawing without scripts", active);
    }
  }
  const size_t quote = view + 8;
  const size_t close = drawing.svg.find(drawing.svg[quote], quote + 1);
  const std::string prefix = drawing.name + "-";
  std::string body = absl::StrReplaceAll(
      drawing.svg.substr(end + 1),
      {{" id='", " id='" + prefix},
       {" id=\"", " id=\"" + prefix},
       {"href='#", "href='#" + prefix},
       {"href=\"#", "href=\"#" + prefix},
       {"url(#", "url(#" + prefix},
       {"<title>Gnuplot</title>",
        absl::StrCat("<title>", EscapeHtml(drawing.title), "</title>")}});
  return absl::StrCat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" "
      "xmlns:xlink=\"http://www.w3.org/1999/xlink\" role=\"img\" viewBox=",
      drawing.svg.substr(quote, close + 1 - quote), ">", body);
}

absl::StatusOr<std::string> ReportPage(
    const AnalysedTable& analysed, const Claims& claims,
    const std::vector<Drawing>& drawings,
    const std::vector<ReportTable>& published,
    const std::vector<ReportTable>& studies) {
  const std::vector<std::string> warnings = Warnings(analysed.table);
  std::set<std::string> figures;
  for (const Drawing& drawing : drawings) figures.insert(drawing.name);
  std::vector<std::string> names;
  for (const Benchmark& benchmark : analysed.table.proto().benchmarks()) {
    names.push_back(DatasetLabel(benchmark.dataset().name()));
  }
  const std::string title =
      absl::StrCat("Robust cells on ", absl::StrJoin(names, ", "));
  const auto tables = ReportTables(analysed.table, analysed.statistics);
  std::string html = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
      "\n<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src "
      "'unsafe-inline'; img-src data:\">\n<title>",
      EscapeHtml(title), "</title>\n<style>\n", kStyle,
      "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to "
      "the content</a>\n<header><p class=\"project\">robbench · "
      "NAS-RobBench-201 rebuilt</p>\n<h1>",
      EscapeHtml(title),
      "</h1>\n<nav aria-label=\"Sections\"><a href=\"#summary\">Summary</a> <a "
      "href=\"#claims\">Claims</a> <a href=\"#results\">Results</a> ",
      published.empty() ? "" : "<a href=\"#published\">Published</a> ",
      "<a href=\"#figures\">Figures</a> <a href=\"#tables\">Tables</a> <a "
      "href=\"#setting\">What was run</a> <a "
      "href=\"#provenance\">Provenance</a></nav></header>\n<main "
      "id=\"content\" tabindex=\"-1\">\n",
      AnswerHtml(analysed, claims, warnings.size()),
      SummaryHtml(warnings, claims), ClaimsHtml(claims, figures));
  // Results come before the figures, and the other tables behind them. If there
  // is one data set, the table itself has the name that the navigation leads
  // to.
  const auto is_result = [](const ReportTable& table) {
    return absl::StartsWith(table.name, "results");
  };
  absl::StrAppend(&html, "<section", names.size() > 1 ? " id=\"results\"" : "",
                  "><h2>Results</h2>\n");
  for (const ReportTable& table : tables) {
    if (is_result(table)) html += HtmlTable(table);
  }
  html += "</section>\n";
  if (!published.empty()) {
    html += "<section id=\"published\"><h2>Against the published table</h2>\n";
    for (const ReportTable& table : published) html += HtmlTable(table);
    html += "</section>\n";
  }
  html += "<section id=\"figures\"><h2>Figures</h2>\n";
  for (const Drawing& drawing : drawings) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::string svg, InlineSvg(drawing));
    absl::StrAppend(&html, "<figure id=\"figure-", drawing.name, "\"><h3>",
                    EscapeHtml(drawing.title),
                    "</h3><div class=\"scroll\" tabindex=\"0\" "
                    "role=\"region\" aria-label=\"",
                    EscapeHtml(drawing.title), "\">", svg, "</div><figcaption>",
                    EscapeHtml(drawing.caption), "</figcaption></figure>\n");
  }
  html += "</section>\n<section id=\"tables\"><h2>Tables</h2>\n";
  for (const ReportTable& table : ClaimTables(claims)) html += HtmlTable(table);
  for (const ReportTable& table : tables) {
    if (!is_result(table)) html += HtmlTable(table);
  }
  for (const ReportTable& table : studies) html += HtmlTable(table);
  absl::StrAppend(&html, "</section>\n", SettingHtml(analysed.table),
                  ProvenanceHtml(analysed),
                  "</main>\n<footer><p>Made by analysis:report from a table "
                  "and its statistics; the same inputs give the same "
                  "bytes.</p></footer>\n<script>\n",
                  kTableScript, kCellScript, kDialogScript, kPageScript,
                  "</script>\n</body>\n</html>\n");
  return html;
}

}  // namespace robbench
