// The paper's claims about the NTK (Fig. 5), held against the NTK study,
// setting by setting, by the joint intervals of ntk_study.proto. The smallest
// eigenvalue at the largest epsilon is the score that the paper names: a claim
// holds where its gain is better. It does not hold where no score at any
// epsilon can be better by the study's least gain. Everything between is
// undecided.
#ifndef ANALYSIS_NTK_STUDY_CLAIMS_H_
#define ANALYSIS_NTK_STUDY_CLAIMS_H_

#include <string>
#include <vector>

#include "analysis/ntk_study.pb.h"
#include "analysis/report_claims.h"

namespace robbench {

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
