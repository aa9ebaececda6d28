// Presents claims (analysis/claims) in the report, as a section of the page and
// as tables. Nothing is computed here.
#ifndef ANALYSIS_REPORT_PAGE_REPORT_CLAIMS_H_
#define ANALYSIS_REPORT_PAGE_REPORT_CLAIMS_H_

#include <set>
#include <string>
#include <vector>

#include "analysis/claims/claims.pb.h"
#include "analysis/report/tables/report_table.h"

namespace robbench {

// Returns HTML of every claim with its verdict and, for each part, estimate,
// interval and verdict, with the rule and its limits below. A claim links to
// its figure where that is among `figures`, the page's.
std::string ClaimsHtml(const Claims& claims,
                       const std::set<std::string>& figures);

// Returns HTML of the findings as lists, with a heading for each data set where
// there are several.
std::string FindingsHtml(const Claims& claims);

// Returns two tables: one with a row for each claim, and one with a row for
// each estimate of all claims.
std::vector<ReportTable> ClaimTables(const Claims& claims);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_PAGE_REPORT_CLAIMS_H_
