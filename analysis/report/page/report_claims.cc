#include "analysis/report/page/report_claims.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analysis/claims/decide_claim.h"
#include "analysis/table/dataset_label.h"
#include "analysis/text/escape.h"
#include "analysis/text/number_format.h"

namespace robbench {
namespace {

// Returns "holds-in-part" for "holds in part".
std::string VerdictClass(Claim::Verdict verdict) {
  return absl::StrReplaceAll(VerdictName(verdict), {{" ", "-"}});
}

std::string PartsHtml(const Claim& claim) {
  if (claim.parts().empty()) {
    return absl::StrCat("<p>", EscapeHtml(claim.reason()), "</p>\n");
  }
  std::string html = "<ul class=\"parts\">\n";
  for (const Claim::Part& part : claim.parts()) {
    absl::StrAppend(&html, "<li class=\"", VerdictClass(part.verdict()),
                    "\"><b>", EscapeHtml(part.scope()),
                    "</b> <span class=\"verdict\">",
                    VerdictName(part.verdict()), "</span> ",
                    EscapeHtml(part.reason()), "</li>\n");
  }
  return html + "</ul>\n";
}

std::string ValueText(double value) { return ReadableNumber(value, 4); }

ReportCell Text(std::string text) { return {std::move(text)}; }

ReportCell Number(double value) { return {ValueText(value), value}; }

ReportTable Verdicts(const Claims& claims) {
  ReportTable table;
  table.name = "claim-verdicts";
  table.title = "Claims of the paper and the field";
  table.note =
      "Each by the rule beside it, from the evidence in the next table; both "
      "are in claims.json.";
  table.folded = true;
  table.columns = {{"claim", "", false},   {"paper", "", false},
                   {"verdict", "", false}, {"numbers", "", false},
                   {"rule", "", false},    {"not covered", "", false}};
  for (const Claim& claim : claims.claims()) {
    table.rows.push_back({Text(claim.statement()), Text(claim.source()),
                          Text(VerdictName(claim.verdict())),
                          Text(claim.reason()), Text(claim.rule().words()),
                          Text(claim.not_covered())});
  }
  return table;
}

ReportTable Evidence(const Claims& claims) {
  ReportTable table;
  table.name = "claim-evidence";
  table.title = "What the verdicts rest on";
  table.note =
      "A row an estimate. Shares are of 1; an interval is that of the last "
      "column but one.";
  table.folded = true;
  table.filter = true;
  table.columns = {{"claim", "", false},    {"of", "", false},
                   {"verdict", "", false},  {"estimate", "", false},
                   {"value", "", true},     {"from", "", true},
                   {"to", "", true},        {"unit", "", false},
                   {"interval", "", false}, {"how", "", false}};
  for (const Claim& claim : claims.claims()) {
    for (const Claim::Part& part : claim.parts()) {
      for (const Estimate& estimate : part.evidence()) {
        table.rows.push_back(
            {Text(claim.id()), Text(part.scope()),
             Text(VerdictName(part.verdict())), Text(estimate.name()),
             Number(estimate.value()),
             estimate.has_low() ? Number(estimate.low()) : Text("–"),
             estimate.has_high() ? Number(estimate.high()) : Text("–"),
             Text(estimate.unit()),
             Text(estimate.has_interval() ? estimate.interval() : "–"),
             Text(estimate.protocol())});
      }
    }
  }
  return table;
}

}  // namespace

std::string ClaimsHtml(const Claims& claims,
                       const std::set<std::string>& figures) {
  std::string html =
      "<section id=\"claims\"><h2>Claims of the paper and the field</h2>\n<p "
      "class=\"note\">Held against this table, each by the rule below it; "
      "intervals are in brackets. Every number that a verdict rests on, with "
      "its unit, interval and protocol, is in a <a "
      "href=\"#claim-evidence\">table</a>.</p>\n<ul class=\"claims\">\n";
  for (const Claim& claim : claims.claims()) {
    absl::StrAppend(&html, "<li class=\"", VerdictClass(claim.verdict()),
                    "\"><span class=\"verdict\">", VerdictName(claim.verdict()),
                    "</span><div><h3>", EscapeHtml(claim.statement()),
                    " <small>", EscapeHtml(claim.source()), "</small></h3>\n",
                    PartsHtml(claim), "<p class=\"rule\"><b>Rule.</b> ",
                    EscapeHtml(claim.rule().words()), " <b>Not covered.</b> ",
                    EscapeHtml(claim.not_covered()));
    if (claim.verdict() != Claim::NOT_TESTED &&
        figures.count(claim.figure()) > 0) {
      absl::StrAppend(&html, " <a href=\"#figure-", claim.figure(),
                      "\">Figure</a>");
    }
    html += "</p></div></li>\n";
  }
  return html + "</ul></section>\n";
}

std::string FindingsHtml(const Claims& claims) {
  std::set<std::string> datasets;
  for (const Finding& finding : claims.findings()) {
    if (finding.has_dataset()) datasets.insert(finding.dataset());
  }
  std::string html;
  const std::string* last = nullptr;
  for (const Finding& finding : claims.findings()) {
    if (last == nullptr || *last != finding.dataset()) {
      absl::StrAppend(&html, last == nullptr ? "" : "</dl>\n");
      if (datasets.size() > 1 && finding.has_dataset()) {
        absl::StrAppend(&html, "<h3>",
                        EscapeHtml(DatasetLabel(finding.dataset())), "</h3>\n");
      }
      html += "<dl>\n";
    }
    last = &finding.dataset();
    absl::StrAppend(&html, "<div><dt>", EscapeHtml(finding.heading()),
                    "</dt><dd>", EscapeHtml(finding.text()), "</dd></div>\n");
  }
  if (last != nullptr) html += "</dl>\n";
  return html;
}

std::vector<ReportTable> ClaimTables(const Claims& claims) {
  std::vector<ReportTable> tables = {Verdicts(claims)};
  tables.push_back(Evidence(claims));
  if (tables.back().rows.empty()) tables.pop_back();
  return tables;
}

}  // namespace robbench
