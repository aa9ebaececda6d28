// Presents the NTK study as tables of the report. Nothing is computed here.
#ifndef ANALYSIS_REPORT_TABLES_NTK_STUDY_TABLES_H_
#define ANALYSIS_REPORT_TABLES_NTK_STUDY_TABLES_H_

#include <vector>

#include "analysis/report/tables/report_table.h"
#include "analysis/studies/ntk/ntk_study.pb.h"

namespace robbench {

// Returns the tables: the main score by kernel, what the robust kernels gain
// over the clean one and over the smaller epsilon, all comparisons with their
// joint intervals, what is left beyond costs, and all scores.
std::vector<ReportTable> NtkStudyTables(const NtkStudy& study);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_TABLES_NTK_STUDY_TABLES_H_
