// Tests what the committed claims of the published table and of mini say. Each
// verdict is stated here by name, the message alone gives the same verdict
// again, and other evidence in the message gives another one.
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/claims/decide_claim.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"

namespace robbench {
namespace {

using ::testing::ElementsAreArray;

Claims ReadClaims(const std::string& benchmark) {
  const std::string path =
      absl::StrCat("analysis/golden/", benchmark, "/claims.json");
  const auto json = ReadFile(path);
  EXPECT_TRUE(json.ok()) << json.status();
  Claims claims;
  const auto status = google::protobuf::util::JsonStringToMessage(
      json.ok() ? *json : "", &claims);
  EXPECT_TRUE(status.ok()) << path << ": " << status.ToString();
  return claims;
}

struct Pinned {
  const char* id;
  Claim::Verdict verdict;
  std::vector<Claim::Verdict> parts;
};

constexpr Claim::Verdict kHolds = Claim::HOLDS;
constexpr Claim::Verdict kFails = Claim::DOES_NOT_HOLD;
constexpr Claim::Verdict kOpen = Claim::UNDECIDED;

void ExpectPinned(const std::vector<Pinned>& pinned, const Claims& claims) {
  ASSERT_EQ(claims.claims_size(), static_cast<int>(pinned.size()));
  for (int i = 0; i < claims.claims_size(); ++i) {
    const Claim& claim = claims.claims(i);
    EXPECT_EQ(claim.id(), pinned[i].id);
    EXPECT_EQ(claim.verdict(), pinned[i].verdict) << claim.reason();
    std::vector<Claim::Verdict> parts;
    for (const Claim::Part& part : claim.parts()) {
      parts.push_back(part.verdict());
    }
    EXPECT_THAT(parts, ElementsAreArray(pinned[i].parts)) << claim.reason();
  }
}

// Parts by data set are of CIFAR-10, CIFAR-100 and ImageNet16-120, in this
// order. Those of the NTK are by setting, those of reproductions by cell: 199,
// 894, 1835.
TEST(ClaimsGolden, VerdictsOnThePublishedTable) {
  const Claims claims = ReadClaims("paper");
  ExpectPinned(
      {{"cells_differ", kHolds, {kHolds, kHolds, kHolds}},
       {"clean_ranks_as_robust", kHolds, {kHolds, kHolds, kHolds}},
       {"fgsm_ranks_as_pgd", kHolds, {kHolds, kHolds, kHolds}},
       {"autoattack_ranks_as_pgd", kHolds, {kHolds, kHolds, kHolds}},
       {"standard_training_ranks_differently",
        Claim::HOLDS_IN_PART,
        {kHolds, kHolds, kOpen}},
       {"datasets_rank_alike", kHolds, {kHolds, kHolds, kHolds}},
       {"best_cells_are_convolutions", kHolds, {kHolds, kHolds, kHolds}},
       {"best_cells_skip", kHolds, {kHolds, kHolds, kHolds}},
       {"robust_ntk_predicts_better", kOpen, {kOpen, kOpen, kOpen}},
       {"ntk_gain_grows", kOpen, {kFails, kOpen, kOpen}},
       {"predictor_beats_parameters",
        Claim::HOLDS_IN_PART,
        {kOpen, kOpen, kHolds}},
       {"short_training_beats_parameters", kOpen, {kOpen, kOpen, kOpen}},
       {"searches_beat_random", kHolds, {kHolds, kHolds, kHolds}},
       {"ntk_bounds_errors", Claim::HOLDS_IN_PART, {Claim::HOLDS_IN_PART}},
       {"published_rows_are_reproduced",
        Claim::HOLDS_IN_PART,
        {kHolds, kHolds, kOpen}},
       {"gradients_are_not_obfuscated", kHolds, {kHolds}},
       {"robust_cells_withstand_corruptions", Claim::NOT_TESTED, {}}},
      claims);
}

TEST(ClaimsGolden, EveryVerdictFollowsFromItsMessage) {
  for (const char* benchmark : {"paper", "mini"}) {
    const Claims claims = ReadClaims(benchmark);
    for (const Claim& claim : claims.claims()) {
      for (const Claim::Part& part : claim.parts()) {
        EXPECT_EQ(PartVerdict(claim.rule(), part), part.verdict())
            << benchmark << ", " << claim.id() << ", " << part.scope();
      }
      EXPECT_EQ(JoinedVerdict(claim), claim.verdict())
          << benchmark << ", " << claim.id();
    }
  }
}

Estimate& Find(absl::string_view id, Claim::Part& part) {
  for (Estimate& estimate : *part.mutable_evidence()) {
    if (estimate.id() == id) return estimate;
  }
  ADD_FAILURE() << part.scope() << ": no estimate " << id;
  static Estimate& none = *new Estimate;
  return none;
}

void SetInterval(double low, double high, Estimate& estimate) {
  estimate.set_value((low + high) / 2);
  estimate.set_low(low);
  estimate.set_high(high);
}

// Changes the evidence of a part so that it speaks for the claim, or against
// it.
void SetEvidence(const ClaimRule& rule, bool holds, Claim::Part& part) {
  switch (rule.kind_case()) {
    case ClaimRule::kCoefficientAtLeast:
      SetInterval(holds ? .99 : .1, holds ? .999 : .2, Find("spearman", part));
      break;
    case ClaimRule::kCoefficientBelow:
      SetInterval(holds ? .1 : .99, holds ? .2 : .999, Find("spearman", part));
      Find("median", part).set_value(.5);
      break;
    case ClaimRule::kSpreadOverNoise: {
      const double range = Find("third_quartile", part).value() -
                           Find("first_quartile", part).value();
      const double least = rule.spread_over_noise().least_ratio();
      Find("noise", part).set_value(range / least * (holds ? .99 : 1.01));
      break;
    }
    case ClaimRule::kOperationShare:
      SetInterval(holds ? .9 : 0, holds ? 1 : .1, Find("best_share", part));
      break;
    case ClaimRule::kEveryBestCell:
      Find("with_operation", part)
          .set_value(Find("best_cells", part).value() - (holds ? 0 : 1));
      break;
    case ClaimRule::kFoundAboveRandom:
      SetInterval(.5, .51, Find("local search", part));
      SetInterval(.5, .51, Find("regularized evolution", part));
      SetInterval(holds ? .4 : .6, holds ? .41 : .61,
                  Find("random search", part));
      break;
    case ClaimRule::kNtkGain:
    case ClaimRule::kGainOverParameters: {
      const double least = rule.has_ntk_gain()
                               ? rule.ntk_gain().least_gain()
                               : rule.gain_over_parameters().least_gain();
      SetInterval(holds ? least : -2 * least, holds ? 2 * least : least / 2,
                  Find("gain", part));
      Find("better", part).set_value(holds);
      Find("open", part).set_value(0);
      break;
    }
    case ClaimRule::kBoundOnError:
      for (const char* id :
           {"clean_above", "robust_above", "clean_telling", "robust_telling"}) {
        Find(id, part).set_value(holds ? Find("runs", part).value() : 0);
      }
      break;
    case ClaimRule::kNoObfuscation:
      for (Estimate& estimate : *part.mutable_evidence()) {
        if (absl::StartsWith(estimate.id(), "pgd_")) {
          estimate.set_value(holds ? 0 : 1);
        }
      }
      break;
    case ClaimRule::kReproduction:
      for (Estimate& estimate : *part.mutable_evidence()) {
        if (!estimate.has_low()) continue;
        SetInterval(holds ? -.01 : .01, holds ? .01 : .03, estimate);
      }
      break;
    case ClaimRule::KIND_NOT_SET:
      break;
  }
}

// For every claim that is tested on the published table, evidence the other way
// gives another verdict, of each part and of the claim.
TEST(ClaimsGolden, EveryVerdictTurnsWithItsEvidence) {
  std::set<std::string> turned;
  const Claims claims = ReadClaims("paper");
  for (const Claim& claim : claims.claims()) {
    for (const bool holds : {true, false}) {
      Claim changed = claim;
      for (Claim::Part& part : *changed.mutable_parts()) {
        SetEvidence(claim.rule(), holds, part);
        part.set_verdict(PartVerdict(claim.rule(), part));
        EXPECT_EQ(part.verdict(), holds ? kHolds : kFails)
            << claim.id() << ", " << part.scope();
      }
      changed.set_verdict(JoinedVerdict(changed));
      if (changed.verdict() != claim.verdict()) turned.insert(claim.id());
    }
  }
  EXPECT_EQ(turned.size(), 16);  // only corruptions has no evidence
}

// A rule decides nothing if evidence is missing that it needs.
TEST(ClaimsGolden, WithoutEvidenceNothingIsDecided) {
  const Claims claims = ReadClaims("paper");
  for (const Claim& claim : claims.claims()) {
    Claim::Part none;
    EXPECT_EQ(PartVerdict(claim.rule(), none), Claim::UNDECIDED) << claim.id();
  }
}

}  // namespace
}  // namespace robbench
