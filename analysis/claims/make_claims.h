// Tests the paper's claims on a benchmark: says for each whether it holds, with
// the evidence, the rule and what that does not cover, or why it was not
// tested.
#ifndef ANALYSIS_CLAIMS_MAKE_CLAIMS_H_
#define ANALYSIS_CLAIMS_MAKE_CLAIMS_H_

#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claims.pb.h"

namespace robbench {

// Returns the claims in the paper's order, always the same ones, without their
// provenance, which the caller sets. The statistics must have passed
// CheckStatistics (analysis/statistics/compute_statistics.h).
Claims MakeClaims(const ClaimInputs& inputs);

}  // namespace robbench

#endif  // ANALYSIS_CLAIMS_MAKE_CLAIMS_H_
