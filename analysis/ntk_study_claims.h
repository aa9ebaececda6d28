// The paper's claims about the NTK (Fig. 5), held against the NTK study. By the
// smallest eigenvalue and the strongest PGD of the study, setting by setting. A
// claim holds where the paired interval of the gain lies above zero; it does
// not where the interval has no gain of kLeastNtkGain in it.
#ifndef ANALYSIS_NTK_STUDY_CLAIMS_H_
#define ANALYSIS_NTK_STUDY_CLAIMS_H_

#include <string>
#include <vector>

#include "analysis/ntk_study.pb.h"
#include "analysis/report_claims.h"

namespace robbench {

// A Spearman coefficient that is larger by less than this is no better.
inline constexpr double kLeastNtkGain = 0.05;

// What one setting says of a claim.
struct NtkVerdict {
  Claim::Verdict verdict;
  std::string text;
};

// Whether the robust NTK at the largest epsilon predicts accuracy under PGD of
// that epsilon better than the clean one.
std::vector<NtkVerdict> RobustNtkVerdicts(const NtkStudy& study);

// Whether that gain is larger than at the smallest epsilon, with the accuracy
// under PGD of the smallest epsilon.
std::vector<NtkVerdict> NtkGrowthVerdicts(const NtkStudy& study);

}  // namespace robbench

#endif  // ANALYSIS_NTK_STUDY_CLAIMS_H_
