// The verdict of a claim from nothing but its message: the rule, its
// thresholds and the evidence (claims.proto states each rule).
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

// The estimate of this id; null when there is none.
const Estimate* FindEstimate(const Claim::Part& part, absl::string_view id);

// UNDECIDED where evidence is missing that the rule needs.
Claim::Verdict PartVerdict(const ClaimRule& rule, const Claim::Part& part);

// Of all parts: HOLDS or DOES_NOT_HOLD where all do, HOLDS_IN_PART where some
// hold, UNDECIDED otherwise; NOT_TESTED without parts.
Claim::Verdict JoinedVerdict(const Claim& claim);

// "holds", "not tested", ...
std::string VerdictName(Claim::Verdict verdict);

}  // namespace robbench

#endif  // ANALYSIS_CLAIMS_DECIDE_CLAIM_H_
