#include "analysis/claims/decide_claim.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "analysis/studies/reproduction/reproduction.pb.h"

namespace robbench {
namespace {

// Finds the evidence of one part by id. A rule first asks `All` for what it
// needs.
class Evidence {
 public:
  explicit Evidence(const Claim::Part& part) : part_(part) {}

  bool Has(absl::string_view id) const {
    return FindEstimate(part_, id) != nullptr;
  }
  bool All(std::initializer_list<absl::string_view> ids) const {
    return std::all_of(ids.begin(), ids.end(),
                       [&](absl::string_view id) { return Has(id); });
  }
  bool HasInterval(absl::string_view id) const {
    const Estimate* found = FindEstimate(part_, id);
    return found != nullptr && found->has_low() && found->has_high();
  }
  double Value(absl::string_view id) const {
    return FindEstimate(part_, id)->value();
  }
  double Low(absl::string_view id) const {
    return FindEstimate(part_, id)->low();
  }
  double High(absl::string_view id) const {
    return FindEstimate(part_, id)->high();
  }

 private:
  const Claim::Part& part_;
};

Claim::Verdict Decide(const CoefficientAtLeast& rule, const Evidence& e) {
  if (!e.HasInterval("spearman")) return Claim::UNDECIDED;
  if (e.Low("spearman") >= rule.least()) return Claim::HOLDS;
  if (e.High("spearman") < rule.least()) return Claim::DOES_NOT_HOLD;
  return Claim::UNDECIDED;
}

Claim::Verdict Decide(const CoefficientBelow& rule, const Evidence& e) {
  if (!e.HasInterval("spearman")) return Claim::UNDECIDED;
  if (e.All({"median", "chance"}) && e.Value("median") <= e.Value("chance")) {
    return Claim::UNDECIDED;
  }
  if (e.High("spearman") < rule.below()) return Claim::HOLDS;
  if (e.Low("spearman") >= rule.below()) return Claim::DOES_NOT_HOLD;
  return Claim::UNDECIDED;
}

Claim::Verdict Decide(const SpreadOverNoise& rule, const Evidence& e) {
  if (!e.All({"first_quartile", "third_quartile", "noise"})) {
    return Claim::UNDECIDED;
  }
  const double range = e.Value("third_quartile") - e.Value("first_quartile");
  return range >= rule.least_ratio() * e.Value("noise") ? Claim::HOLDS
                                                        : Claim::DOES_NOT_HOLD;
}

bool TooFew(const Evidence& e, double ranked_for_one_best) {
  return !e.All({"best_cells", "ranked_cells"}) ||
         e.Value("ranked_cells") < ranked_for_one_best * e.Value("best_cells");
}

Claim::Verdict Decide(const OperationShare& rule, const Evidence& e) {
  if (TooFew(e, rule.ranked_for_one_best()) || !e.HasInterval("best_share") ||
      !e.Has("all_share")) {
    return Claim::UNDECIDED;
  }
  const double low = e.Low("best_share"), high = e.High("best_share");
  const double all = e.Value("all_share");
  if (low >= rule.least_share() && low > all) return Claim::HOLDS;
  if (high < rule.least_share() || high <= all) return Claim::DOES_NOT_HOLD;
  return Claim::UNDECIDED;
}

Claim::Verdict Decide(const EveryBestCell& rule, const Evidence& e) {
  if (TooFew(e, rule.ranked_for_one_best()) || !e.Has("with_operation")) {
    return Claim::UNDECIDED;
  }
  return e.Value("with_operation") == e.Value("best_cells")
             ? Claim::HOLDS
             : Claim::DOES_NOT_HOLD;
}

Claim::Verdict Decide(const FoundAboveRandom&, const Evidence& e) {
  for (const char* algorithm :
       {"local search", "regularized evolution", "random search"}) {
    if (!e.HasInterval(algorithm)) return Claim::UNDECIDED;
  }
  if (std::min(e.Low("local search"), e.Low("regularized evolution")) >
      e.High("random search")) {
    return Claim::HOLDS;
  }
  if (std::max(e.High("local search"), e.High("regularized evolution")) <
      e.Low("random search")) {
    return Claim::DOES_NOT_HOLD;
  }
  return Claim::UNDECIDED;
}

// Decides by one gain of a study and by how all gains like it came out.
Claim::Verdict DecideGain(double least_gain, const Evidence& e) {
  if (!e.HasInterval("gain") || !e.All({"better", "open"})) {
    return Claim::UNDECIDED;
  }
  if (e.Low("gain") > 0 && e.High("gain") >= least_gain) return Claim::HOLDS;
  return e.Value("better") + e.Value("open") == 0 ? Claim::DOES_NOT_HOLD
                                                  : Claim::UNDECIDED;
}

Claim::Verdict Decide(const NtkGain& rule, const Evidence& e) {
  if (e.Has("gain")) {  // it comes from a study
    return rule.has_least_gain() ? DecideGain(rule.least_gain(), e)
                                 : Claim::UNDECIDED;
  }
  if (!e.HasInterval("robust") || !e.HasInterval("clean")) {
    return Claim::UNDECIDED;
  }
  if (e.Low("robust") > e.High("clean")) return Claim::HOLDS;
  if (e.High("robust") < e.Low("clean")) return Claim::DOES_NOT_HOLD;
  return Claim::UNDECIDED;
}

Claim::Verdict Decide(const GainOverParameters& rule, const Evidence& e) {
  return DecideGain(rule.least_gain(), e);
}

Claim::Verdict Decide(const BoundOnError& rule, const Evidence& e) {
  if (!e.All({"runs", "clean_above", "robust_above", "clean_telling",
              "robust_telling"})) {
    return Claim::UNDECIDED;
  }
  const double runs = e.Value("runs");
  if (runs - std::min(e.Value("clean_above"), e.Value("robust_above")) >
      rule.failing_share() * runs) {
    return Claim::DOES_NOT_HOLD;
  }
  return e.Value("clean_telling") == runs && e.Value("robust_telling") == runs
             ? Claim::HOLDS
             : Claim::HOLDS_IN_PART;
}

// Returns the binomial variance of a share of so many images.
double Variance(double share, double images) {
  return share * (1 - share) / images;
}

// The estimates "square_3" and "fgsm_3" are of attacks at the epsilon of
// "pgd_3". They come in order of epsilon.
Claim::Verdict Decide(const NoObfuscation& rule, const Claim::Part& part) {
  const Evidence e(part);
  if (!e.Has("images")) return Claim::UNDECIDED;
  const double images = e.Value("images");
  const auto significantly_above = [&](double one, double other) {
    return one - other > rule.errors() * std::sqrt(Variance(one, images) +
                                                   Variance(other, images));
  };
  std::vector<const Estimate*> pgd;
  bool black_box = false;
  for (const Estimate& estimate : part.evidence()) {
    if (absl::StartsWith(estimate.id(), "pgd_")) pgd.push_back(&estimate);
    black_box |= absl::StartsWith(estimate.id(), "square_");
  }
  if (pgd.size() < 2 || !black_box) return Claim::UNDECIDED;
  double least = 1;  // under the smaller epsilons so far
  for (const Estimate* estimate : pgd) {
    if (significantly_above(estimate->value(), least)) {
      return Claim::DOES_NOT_HOLD;
    }
    least = std::min(least, estimate->value());
  }
  if (pgd.back()->value() > rule.most_left()) return Claim::DOES_NOT_HOLD;
  for (const Estimate& estimate : part.evidence()) {
    for (const absl::string_view other : {"fgsm_", "square_"}) {
      if (!absl::StartsWith(estimate.id(), other)) continue;
      const std::string same = "pgd_" + estimate.id().substr(other.size());
      if (!e.Has(same)) return Claim::UNDECIDED;
      if (significantly_above(e.Value(same), estimate.value())) {
        return Claim::DOES_NOT_HOLD;
      }
    }
  }
  return Claim::HOLDS;
}

// The differences have the names of metrics, "clean" or "pgd_8". One without an
// interval says nothing.
Claim::Verdict Decide(const ReproductionRule& rule, const Claim::Part& part) {
  const Evidence e(part);
  if (!e.All({"trainings", "failed_trainings"})) return Claim::UNDECIDED;
  if (e.Value("failed_trainings") > 0 &&
      (e.Value("failed_trainings") == e.Value("trainings") ||
       (e.Has("failure_chance") &&
        e.Value("failure_chance") < rule.least_failure_chance()))) {
    return Claim::DOES_NOT_HOLD;
  }
  for (const Estimate& difference : part.evidence()) {
    if (difference.has_low() &&
        (difference.low() > 0 || difference.high() < 0)) {
      return Claim::DOES_NOT_HOLD;
    }
  }
  for (const std::string& metric : rule.required_metrics()) {
    if (!e.HasInterval(metric) ||
        (e.High(metric) - e.Low(metric)) / 2 > rule.widest()) {
      return Claim::UNDECIDED;
    }
  }
  return Claim::HOLDS;
}

}  // namespace

const Estimate* FindEstimate(const Claim::Part& part, absl::string_view id) {
  for (const Estimate& estimate : part.evidence()) {
    if (estimate.id() == id) return &estimate;
  }
  return nullptr;
}

Claim::Verdict PartVerdict(const ClaimRule& rule, const Claim::Part& part) {
  const Evidence evidence(part);
  switch (rule.kind_case()) {
    case ClaimRule::kCoefficientAtLeast:
      return Decide(rule.coefficient_at_least(), evidence);
    case ClaimRule::kCoefficientBelow:
      return Decide(rule.coefficient_below(), evidence);
    case ClaimRule::kSpreadOverNoise:
      return Decide(rule.spread_over_noise(), evidence);
    case ClaimRule::kOperationShare:
      return Decide(rule.operation_share(), evidence);
    case ClaimRule::kEveryBestCell:
      return Decide(rule.every_best_cell(), evidence);
    case ClaimRule::kFoundAboveRandom:
      return Decide(rule.found_above_random(), evidence);
    case ClaimRule::kNtkGain:
      return Decide(rule.ntk_gain(), evidence);
    case ClaimRule::kBoundOnError:
      return Decide(rule.bound_on_error(), evidence);
    case ClaimRule::kNoObfuscation:
      return Decide(rule.no_obfuscation(), part);
    case ClaimRule::kGainOverParameters:
      return Decide(rule.gain_over_parameters(), evidence);
    case ClaimRule::kReproduction:
      return Decide(rule.reproduction(), part);
    case ClaimRule::KIND_NOT_SET:
      break;
  }
  return Claim::UNDECIDED;
}

Claim::Verdict JoinedVerdict(const Claim& claim) {
  int holds = 0, fails = 0, in_part = 0;
  for (const Claim::Part& part : claim.parts()) {
    holds += part.verdict() == Claim::HOLDS;
    fails += part.verdict() == Claim::DOES_NOT_HOLD;
    in_part += part.verdict() == Claim::HOLDS_IN_PART;
  }
  if (claim.parts().empty()) return Claim::NOT_TESTED;
  if (holds == claim.parts_size()) return Claim::HOLDS;
  if (fails == claim.parts_size()) return Claim::DOES_NOT_HOLD;
  return holds + in_part > 0 ? Claim::HOLDS_IN_PART : Claim::UNDECIDED;
}

std::string VerdictName(Claim::Verdict verdict) {
  switch (verdict) {
    case Claim::NOT_TESTED:
      return "not tested";
    case Claim::HOLDS:
      return "holds";
    case Claim::HOLDS_IN_PART:
      return "holds in part";
    case Claim::DOES_NOT_HOLD:
      return "does not hold";
    case Claim::UNDECIDED:
      return "undecided";
  }
  return "";
}

}  // namespace robbench
