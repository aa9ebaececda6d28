// Makes the report as one HTML page that needs no other file: drawings, style
// and script are inside, and no address is fetched.
#ifndef ANALYSIS_REPORT_PAGE_REPORT_PAGE_H_
#define ANALYSIS_REPORT_PAGE_REPORT_PAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/statistics/read_statistics.h"

namespace robbench {

// A figure of the page.
struct Drawing {
  std::string name;  // of kFigureNames
  std::string title;
  std::string caption;
  std::string svg;  // a whole file
};

// Returns the page. `claims` must be of the same table; `published` are tables
// that compare our numbers with the published ones, and `studies` are further
// tables behind the table's own. InvalidArgument when a drawing is no SVG or
// carries a script.
absl::StatusOr<std::string> ReportPage(
    const AnalysedTable& analysed, const Claims& claims,
    const std::vector<Drawing>& drawings,
    const std::vector<ReportTable>& published = {},
    const std::vector<ReportTable>& studies = {});

// Returns an SVG file as an element of a page: without prolog, with ids that
// begin with the drawing's name so that they are unique in the page, without a
// size of its own, and with a title for screen readers.
absl::StatusOr<std::string> InlineSvg(const Drawing& drawing);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_PAGE_REPORT_PAGE_H_
