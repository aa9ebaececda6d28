// Makes the report's tables of a study of predictors.
#ifndef ANALYSIS_REPORT_TABLES_PREDICTOR_STUDY_TABLES_H_
#define ANALYSIS_REPORT_TABLES_PREDICTOR_STUDY_TABLES_H_

#include <vector>

#include "analysis/report/tables/report_table.h"
#include "analysis/studies/predictor/predictor_study.pb.h"

namespace robbench {

// Returns what each predictor tells of the main metric and costs; short lists;
// gains over parameters with their joint intervals; coefficients with every
// metric; and what a combination learns from how many labels.
std::vector<ReportTable> PredictorStudyTables(const PredictorStudy& study);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_TABLES_PREDICTOR_STUDY_TABLES_H_
