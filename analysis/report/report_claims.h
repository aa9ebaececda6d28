// Claims (analysis/claims) as the report shows them: a section of the page, and
// tables. Nothing is computed here.
#ifndef ANALYSIS_REPORT_REPORT_CLAIMS_H_
#define ANALYSIS_REPORT_REPORT_CLAIMS_H_

#include <set>
#include <string>
#include <vector>

#include "analysis/claims/claims.pb.h"
#include "analysis/report/report_table.h"

namespace robbench {

// Every claim with its verdict, and of each part estimate, interval and
// verdict; rule and limits below. A claim leads to its figure where that is
// among `figures`, the page's.
std::string ClaimsHtml(const Claims& claims,
                       const std::set<std::string>& figures);

// The findings as lists, a heading by data set where there are several.
std::string FindingsHtml(const Claims& claims);

// A row a claim; and a row an estimate, of all claims.
std::vector<ReportTable> ClaimTables(const Claims& claims);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_REPORT_CLAIMS_H_
