// The NTK study's settings, kernels and numbers in words, for sentences and
// tables alike.
#ifndef ANALYSIS_STUDIES_NTK_NTK_STUDY_TEXT_H_
#define ANALYSIS_STUDIES_NTK_NTK_STUDY_TEXT_H_

#include <string>

#include "analysis/studies/ntk/ntk_study.pb.h"

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

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_NTK_NTK_STUDY_TEXT_H_
