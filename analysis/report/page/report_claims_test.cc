#include "analysis/report/page/report_claims.h"

#include <string>
#include <tuple>
#include <vector>

#include "analysis/claims/claims.pb.h"
#include "analysis/report/tables/report_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Returns one claim that holds in part and one that was not tested.
Claims TwoClaims() {
  Claims claims;
  Claim& claim = *claims.add_claims();
  claim.set_id("some");
  claim.set_statement("Some <cells> rank alike");
  claim.set_source("Fig. 4");
  claim.set_figure("ranking");
  claim.set_verdict(Claim::HOLDS_IN_PART);
  claim.set_reason("all of it.");
  claim.set_not_covered("other cells");
  claim.mutable_rule()->set_words("holds where it is 0.9");
  claim.mutable_rule()->mutable_coefficient_at_least()->set_least(.9);
  for (const auto& [scope, verdict, low] :
       {std::make_tuple("cifar10", Claim::HOLDS, .95),
        std::make_tuple("cifar100", Claim::UNDECIDED, .85)}) {
    Claim::Part& part = *claim.add_parts();
    part.set_scope(scope);
    part.set_verdict(verdict);
    part.set_reason("Spearman 0.96 [.., 0.97]");
    Estimate& estimate = *part.add_evidence();
    estimate.set_id("spearman");
    estimate.set_name("Spearman's coefficient");
    estimate.set_unit("coefficient");
    estimate.set_value(.96);
    estimate.set_low(low);
    estimate.set_high(.97);
    estimate.set_interval("95 %");
    estimate.set_protocol("over 10 cells");
  }
  Claim& other = *claims.add_claims();
  other.set_id("other");
  other.set_statement("Nothing");
  other.set_source("appendix");
  other.set_figure("ranking");
  other.set_verdict(Claim::NOT_TESTED);
  other.set_reason("Missing: a file.");
  other.set_not_covered("all");
  other.mutable_rule()->set_words("none");
  Finding& finding = *claims.add_findings();
  finding.set_dataset("cifar10");
  finding.set_heading("Best & most");
  finding.set_text("Cell 1.");
  return claims;
}

TEST(ReportClaims, ThePageShowsVerdictsNumbersRuleAndLimits) {
  const std::string html = ClaimsHtml(TwoClaims(), {"ranking"});
  EXPECT_THAT(
      html,
      AllOf(HasSubstr("<li class=\"holds-in-part\"><span class=\"verdict\">"
                      "holds in part</span>"),
            HasSubstr("Some &lt;cells&gt; rank alike <small>Fig. 4</small>"),
            HasSubstr("<li class=\"undecided\"><b>cifar100</b> <span "
                      "class=\"verdict\">undecided</span> Spearman 0.96 [.., "
                      "0.97]</li>"),
            HasSubstr("<b>Rule.</b> holds where it is 0.9"),
            HasSubstr("<b>Not covered.</b> other cells"),
            HasSubstr("<a href=\"#figure-ranking\">Figure</a>"),
            HasSubstr("<p>Missing: a file.</p>")));
  // There is no link to a figure that the page does not have, and no figure of
  // what was not tested.
  const std::string without = ClaimsHtml(TwoClaims(), {});
  EXPECT_THAT(without, Not(HasSubstr("#figure-")));
  EXPECT_EQ(html.find("#figure-"), html.rfind("#figure-"));
}

TEST(ReportClaims, TablesHaveAllEvidence) {
  const std::vector<ReportTable> tables = ClaimTables(TwoClaims());
  ASSERT_EQ(tables.size(), 2);
  EXPECT_EQ(tables[0].name, "claim-verdicts");
  ASSERT_EQ(tables[0].rows.size(), 2);
  EXPECT_EQ(tables[0].rows[0][2].text, "holds in part");
  EXPECT_EQ(tables[0].rows[0][4].text, "holds where it is 0.9");
  EXPECT_EQ(tables[0].rows[1][3].text, "Missing: a file.");
  ASSERT_EQ(tables[1].rows.size(), 2);
  EXPECT_EQ(tables[1].rows[1][1].text, "cifar100");
  EXPECT_EQ(tables[1].rows[1][4].number, .96);
  EXPECT_EQ(tables[1].rows[1][5].number, .85);
  EXPECT_EQ(tables[1].rows[1][9].text, "over 10 cells");
  for (const ReportTable& table : tables) {
    for (const auto& row : table.rows) {
      EXPECT_EQ(row.size(), table.columns.size()) << table.name;
    }
  }
}

TEST(ReportClaims, FindingsAreByDataSet) {
  Claims claims = TwoClaims();
  EXPECT_EQ(FindingsHtml(claims),
            "<dl>\n<div><dt>Best &amp; most</dt><dd>Cell 1.</dd></div>\n"
            "</dl>\n");
  *claims.add_findings() = claims.findings(0);
  claims.mutable_findings(1)->set_dataset("cifar100");
  EXPECT_THAT(FindingsHtml(claims), AllOf(HasSubstr("<h3>CIFAR-10</h3>"),
                                          HasSubstr("<h3>CIFAR-100</h3>")));
}

}  // namespace
}  // namespace robbench
