// The first screen of the page: which cell is the most robust on each data set,
// how the paper's claims fare, how many warnings there are, and a form to look
// a cell up, which the page's script makes work.
#ifndef ANALYSIS_REPORT_PAGE_REPORT_ANSWER_H_
#define ANALYSIS_REPORT_PAGE_REPORT_ANSWER_H_

#include <cstddef>
#include <string>

#include "analysis/claims/claims.pb.h"
#include "analysis/statistics/read_statistics.h"

namespace robbench {

// HTML, all text escaped. `warnings` is how many the page has, in its section
// "warnings".
std::string AnswerHtml(const AnalysedTable& analysed, const Claims& claims,
                       size_t warnings);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_PAGE_REPORT_ANSWER_H_
