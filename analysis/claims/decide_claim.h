// Decides the verdict of a claim from nothing but its message: the rule, its
// thresholds and the evidence. So whoever reads the message can check it.
// analysis/claims/claims.proto states each rule.
//
//   Claim claim = ...;              // rule, and parts with evidence
//   for (Claim::Part& part : *claim.mutable_parts()) {
//     part.set_verdict(PartVerdict(claim.rule(), part));
//   }
//   claim.set_verdict(JoinedVerdict(claim));
#ifndef ANALYSIS_CLAIMS_DECIDE_CLAIM_H_
#define ANALYSIS_CLAIMS_DECIDE_CLAIM_H_

#include <string>

#include "absl/strings/string_view.h"
#include "analysis/claims/claims.pb.h"

namespace robbench {

// Returns the estimate of this id, or null when there is none.
const Estimate* FindEstimate(const Claim::Part& part, absl::string_view id);

// Returns the verdict of one part: HOLDS, HOLDS_IN_PART, DOES_NOT_HOLD or
// UNDECIDED. It is UNDECIDED where evidence is missing that the rule needs.
Claim::Verdict PartVerdict(const ClaimRule& rule, const Claim::Part& part);

// Returns the verdict of a claim from those of its parts: HOLDS or
// DOES_NOT_HOLD where all parts have it, HOLDS_IN_PART where some hold or hold
// in part, UNDECIDED otherwise, and NOT_TESTED without parts.
Claim::Verdict JoinedVerdict(const Claim& claim);

// Returns the verdict in words: "holds", "not tested", ...
std::string VerdictName(Claim::Verdict verdict);

}  // namespace robbench

#endif  // ANALYSIS_CLAIMS_DECIDE_CLAIM_H_
