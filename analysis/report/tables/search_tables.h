// Presents what searches found as tables of the report, and how much of it is
// likely to be noise.
#ifndef ANALYSIS_REPORT_TABLES_SEARCH_TABLES_H_
#define ANALYSIS_REPORT_TABLES_SEARCH_TABLES_H_

#include <vector>

#include "analysis/report/tables/report_table.h"
#include "analysis/search/search.pb.h"

namespace robbench {

// Returns a table for each data set: by algorithm and criterion the value found
// and the regret, and both corrected (SelectionBias of search.proto); and after
// it, where the spec has budgets, one of what was found with each of these.
std::vector<ReportTable> SearchTables(const Search& search);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_TABLES_SEARCH_TABLES_H_
