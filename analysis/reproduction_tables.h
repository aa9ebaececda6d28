// Networks trained here by the paper's recipe against their published rows
// (reproduction.proto), as tables of the report.
#ifndef ANALYSIS_REPRODUCTION_TABLES_H_
#define ANALYSIS_REPRODUCTION_TABLES_H_

#include "analysis/report_table.h"
#include "analysis/reproduction.pb.h"

namespace robbench {

// A row a cell, and a row a metric.
ReportTable VerdictTable(const Reproductions& reproductions);
ReportTable ReproductionTable(const Reproductions& reproductions);

}  // namespace robbench

#endif  // ANALYSIS_REPRODUCTION_TABLES_H_
