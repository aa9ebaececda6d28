// The report as one HTML page that needs nothing else: drawings, style and
// script are inside, and no address is fetched.
#ifndef ANALYSIS_REPORT_REPORT_PAGE_H_
#define ANALYSIS_REPORT_REPORT_PAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/report/report_table.h"
#include "analysis/statistics/read_statistics.h"

namespace robbench {

struct Drawing {
  std::string name;  // of kFigureNames
  std::string title;
  std::string caption;
  std::string svg;  // a whole file
};

// `claims` are of the same table; `published` are tables that hold ours against
// the published numbers, `studies` more tables behind the table's own.
// InvalidArgument when a drawing is no SVG or carries a script.
absl::StatusOr<std::string> ReportPage(
    const AnalysedTable& analysed, const Claims& claims,
    const std::vector<Drawing>& drawings,
    const std::vector<ReportTable>& published = {},
    const std::vector<ReportTable>& studies = {});

// An SVG file as an element of a page: without prolog, its ids made the
// page's own by `name`, sized by the page, titled for readers of screens.
absl::StatusOr<std::string> InlineSvg(const Drawing& drawing);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_REPORT_PAGE_H_
