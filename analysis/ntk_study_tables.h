// The NTK study as tables of the report.
#ifndef ANALYSIS_NTK_STUDY_TABLES_H_
#define ANALYSIS_NTK_STUDY_TABLES_H_

#include <string>
#include <vector>

#include "analysis/ntk_study.pb.h"
#include "analysis/report_table.h"

namespace robbench {

// The score that the paper's Fig. 5 is about.
inline constexpr char kNtkMainScore[] = "min_eigenvalue";

// "robust twice 8" for "robust_twice_8".
std::string NtkKernelLabel(const std::string& kernel);

// "+0.003 [−0.008, +0.014]", of two coefficients.
std::string NtkDifferenceText(double value, double low, double high);

// "better", "at most 0.05 better", "open".
std::string NtkOutcomeText(NtkOutcome outcome, double least_gain);

// "[−0.008, +0.014]".
std::string NtkIntervalText(double low, double high);

// "pgd_8" as the study labels it, "PGD 8".
std::string NtkMetricLabel(const NtkStudy& study, const std::string& metric);

// "BatchNorm calibrated, sum of logits, 10 images, PGD-5".
std::string NtkSettingText(const NtkSettingStudy& setting);

// The main score by kernel, what the robust kernels gain over the clean one and
// over the smaller epsilon, all comparisons with their joint intervals, what is
// left beyond costs, and all scores.
std::vector<ReportTable> NtkStudyTables(const NtkStudy& study);

}  // namespace robbench

#endif  // ANALYSIS_NTK_STUDY_TABLES_H_
