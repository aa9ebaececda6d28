// The report's tables of the studies of the paper's theory (ntk/theory).
#ifndef ANALYSIS_REPORT_TABLES_THEORY_TABLES_H_
#define ANALYSIS_REPORT_TABLES_THEORY_TABLES_H_

#include "analysis/report/tables/report_table.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// Return the tables "theory-width" and "theory-bounds". The records must have
// passed the checks of analysis/studies/theory/theory_check.h.
ReportTable WidthStudyTable(const WidthStudyRecord& study);
ReportTable BoundStudyTable(const BoundStudyRecord& study);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_TABLES_THEORY_TABLES_H_
