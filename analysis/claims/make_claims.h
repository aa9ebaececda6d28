// The paper's claims held against a benchmark: for each whether it holds, with
// the evidence, the rule and what it does not cover, or why it was not tested.
#ifndef ANALYSIS_CLAIMS_MAKE_CLAIMS_H_
#define ANALYSIS_CLAIMS_MAKE_CLAIMS_H_

#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claims.pb.h"

namespace robbench {

// Everything but the provenance, which the caller sets. In the paper's order,
// always the same claims. The statistics passed CheckStatistics.
Claims MakeClaims(const ClaimInputs& inputs);

}  // namespace robbench

#endif  // ANALYSIS_CLAIMS_MAKE_CLAIMS_H_
