// Puts the NTK study's settings, kernels and numbers into words, for sentences
// and tables alike. Text is UTF-8 and not escaped.
#ifndef ANALYSIS_STUDIES_NTK_NTK_STUDY_TEXT_H_
#define ANALYSIS_STUDIES_NTK_NTK_STUDY_TEXT_H_

#include <string>

#include "analysis/studies/ntk/ntk_study.pb.h"

namespace robbench {

// The score that the paper's Fig. 5 is about.
inline constexpr char kNtkMainScore[] = "min_eigenvalue";

// Returns "robust twice 8" for "robust_twice_8".
std::string NtkKernelLabel(const std::string& kernel);

// Returns a difference of two coefficients with its interval, "+0.003 [−0.008,
// +0.014]".
std::string NtkDifferenceText(double value, double low, double high);

// Returns "better", "at most 0.05 better" (the study's least_gain) or "open".
std::string NtkOutcomeText(NtkOutcome outcome, double least_gain);

// Returns "[−0.008, +0.014]".
std::string NtkIntervalText(double low, double high);

// Returns the study's label of a metric, "PGD 8" for "pgd_8".
std::string NtkMetricLabel(const NtkStudy& study, const std::string& metric);

// Returns what a setting is, "BatchNorm calibrated, sum of logits, 10 images,
// PGD-5".
std::string NtkSettingText(const NtkSettingStudy& setting);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_NTK_NTK_STUDY_TEXT_H_
