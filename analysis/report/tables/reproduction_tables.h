// Presents networks that were trained here by the paper's recipe, and their
// published rows, as tables of the report
// (analysis/studies/reproduction/reproduction.proto).
#ifndef ANALYSIS_REPORT_TABLES_REPRODUCTION_TABLES_H_
#define ANALYSIS_REPORT_TABLES_REPRODUCTION_TABLES_H_

#include "analysis/report/tables/report_table.h"
#include "analysis/studies/reproduction/reproduction.pb.h"

namespace robbench {

// Return a table with a row for each cell, and one with a row for each metric
// of each cell.
ReportTable VerdictTable(const Reproductions& reproductions);
ReportTable ReproductionTable(const Reproductions& reproductions);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_TABLES_REPRODUCTION_TABLES_H_
