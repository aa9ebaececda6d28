// The NTK study as tables of the report.
#ifndef ANALYSIS_NTK_STUDY_TABLES_H_
#define ANALYSIS_NTK_STUDY_TABLES_H_

#include <vector>

#include "analysis/ntk_study.pb.h"
#include "analysis/report_table.h"

namespace robbench {

// The main score by kernel, what the robust kernels gain over the clean one and
// over the smaller epsilon, all comparisons with their joint intervals, what is
// left beyond costs, and all scores.
std::vector<ReportTable> NtkStudyTables(const NtkStudy& study);

}  // namespace robbench

#endif  // ANALYSIS_NTK_STUDY_TABLES_H_
