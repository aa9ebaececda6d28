// What searches found as tables of the report, with what noise has to do with
// it.
#ifndef ANALYSIS_REPORT_SEARCH_TABLES_H_
#define ANALYSIS_REPORT_SEARCH_TABLES_H_

#include <vector>

#include "analysis/report/report_table.h"
#include "analysis/search/search.pb.h"

namespace robbench {

// One a data set: by algorithm and criterion the value found, the regret, and
// both corrected (SelectionBias of search.proto).
std::vector<ReportTable> SearchTables(const Search& search);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_SEARCH_TABLES_H_
