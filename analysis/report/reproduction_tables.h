// Networks trained here by the paper's recipe against their published rows
// (reproduction.proto), as tables of the report.
#ifndef ANALYSIS_REPORT_REPRODUCTION_TABLES_H_
#define ANALYSIS_REPORT_REPRODUCTION_TABLES_H_

#include "analysis/report/report_table.h"
#include "analysis/studies/reproduction/reproduction.pb.h"

namespace robbench {

// A row a cell, and a row a metric.
ReportTable VerdictTable(const Reproductions& reproductions);
ReportTable ReproductionTable(const Reproductions& reproductions);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_REPRODUCTION_TABLES_H_
