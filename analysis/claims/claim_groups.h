// The claims of the paper, and one of the field, one file for each group. Each
// function gathers the evidence that the inputs have, states the rule and what
// it does not cover, and lets decide_claim.h decide. A claim whose inputs are
// missing comes back as NOT_TESTED with the reason. make_claims.h calls all of
// them.
#ifndef ANALYSIS_CLAIMS_CLAIM_GROUPS_H_
#define ANALYSIS_CLAIMS_CLAIM_GROUPS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claims.pb.h"
#include "training/records.pb.h"

namespace robbench {

// How accuracies spread and rank cells: rank_claims.cc
Claim CellsDiffer(const ClaimInputs& inputs);
Claim CleanRanksAsRobust(const ClaimInputs& inputs);
Claim FgsmRanksAsPgd(const ClaimInputs& inputs);
Claim AutoAttackRanksAsPgd(const ClaimInputs& inputs);
Claim StandardTrainingRanksDifferently(const ClaimInputs& inputs);
Claim DatasetsRankAlike(const ClaimInputs& inputs);

// What the best cells are made of: cell_claims.cc
Claim BestCellsAreConvolutions(const ClaimInputs& inputs);
Claim BestCellsSkip(const ClaimInputs& inputs);

// What kernels say of accuracies (Fig. 5): ntk_claims.cc
Claim RobustNtkPredictsBetter(const ClaimInputs& inputs);
Claim NtkGainGrows(const ClaimInputs& inputs);

// Which number that is known before training, or after a short one, finds
// robust cells, beside the paper's claims: predictor_claims.cc
Claim PredictorBeatsParameters(const ClaimInputs& inputs);
Claim ShortTrainingBeatsParameters(const ClaimInputs& inputs);
// Returns what to do, in one paragraph; none without a study.
std::vector<Finding> PredictorFindings(const ClaimInputs& inputs);

// What search algorithms find (Table 2): search_claims.cc
Claim SearchesBeatRandom(const ClaimInputs& inputs);
// What cells in the order of a predictor give with each budget, beside random
// ones; a finding for each such algorithm of the search.
std::vector<Finding> SearchFindings(const ClaimInputs& inputs,
                                    const std::string& dataset);

// Whether the theory's bounds hold (section 4): theory_claims.cc
Claim NtkBoundsErrors(const ClaimInputs& inputs);

// Whether gradients mislead the attacks, and corruptions: attack_claims.cc
Claim GradientsAreNotObfuscated(const ClaimInputs& inputs);
Claim RobustCellsWithstandCorruptions(const ClaimInputs& inputs);

// Returns InvalidArgument, naming `path` and field, when a record is not by the
// suite gradient_obfuscation or, if its run did not fail, has another data set,
// other attacks or another number of images than `first`, whose run must not
// have failed either.
absl::Status CheckObfuscation(const std::string& path,
                              const EvaluationRecord& record,
                              const EvaluationRecord& first);

// Whether networks trained here agree with the table: reproduction_claims.cc
Claim PublishedRowsAreReproduced(const ClaimInputs& inputs);

// What the numbers show beside the paper's claims: findings.cc
std::vector<Finding> Findings(const ClaimInputs& inputs);

}  // namespace robbench

#endif  // ANALYSIS_CLAIMS_CLAIM_GROUPS_H_
