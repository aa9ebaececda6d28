// The paper's claims, a file a group: each function gathers the evidence that
// the inputs have, states rule and limits, and lets decide_claim.h decide.
#ifndef ANALYSIS_CLAIMS_CLAIM_GROUPS_H_
#define ANALYSIS_CLAIMS_CLAIM_GROUPS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claims.pb.h"
#include "training/records.pb.h"

namespace robbench {

// rank_claims.cc
Claim CellsDiffer(const ClaimInputs& inputs);
Claim CleanRanksAsRobust(const ClaimInputs& inputs);
Claim FgsmRanksAsPgd(const ClaimInputs& inputs);
Claim AutoAttackRanksAsPgd(const ClaimInputs& inputs);
Claim StandardTrainingRanksDifferently(const ClaimInputs& inputs);
Claim DatasetsRankAlike(const ClaimInputs& inputs);

// cell_claims.cc
Claim BestCellsAreConvolutions(const ClaimInputs& inputs);
Claim BestCellsSkip(const ClaimInputs& inputs);

// ntk_claims.cc
Claim RobustNtkPredictsBetter(const ClaimInputs& inputs);
Claim NtkGainGrows(const ClaimInputs& inputs);

// search_claims.cc
Claim SearchesBeatRandom(const ClaimInputs& inputs);

// theory_claims.cc
Claim NtkBoundsErrors(const ClaimInputs& inputs);

// attack_claims.cc
Claim GradientsAreNotObfuscated(const ClaimInputs& inputs);
Claim RobustCellsWithstandCorruptions(const ClaimInputs& inputs);

// Names `path` and field when a record is not by the suite gradient_obfuscation
// or, if its run did not fail, has another data set, attacks or number of
// images than `first`, one that did not fail either.
absl::Status CheckObfuscation(const std::string& path,
                              const EvaluationRecord& record,
                              const EvaluationRecord& first);

// reproduction_claims.cc
Claim PublishedRowsAreReproduced(const ClaimInputs& inputs);

// findings.cc: what the numbers show beside the paper's claims.
std::vector<Finding> Findings(const ClaimInputs& inputs);

}  // namespace robbench

#endif  // ANALYSIS_CLAIMS_CLAIM_GROUPS_H_
