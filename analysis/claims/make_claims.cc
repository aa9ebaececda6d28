#include "analysis/claims/make_claims.h"

#include <utility>

#include "analysis/claims/claim_groups.h"

namespace robbench {

Claims MakeClaims(const ClaimInputs& inputs) {
  using MakeClaim = Claim (*)(const ClaimInputs&);
  constexpr MakeClaim kClaims[] = {
      CellsDiffer,
      CleanRanksAsRobust,
      FgsmRanksAsPgd,
      AutoAttackRanksAsPgd,
      StandardTrainingRanksDifferently,
      DatasetsRankAlike,
      BestCellsAreConvolutions,
      BestCellsSkip,
      RobustNtkPredictsBetter,
      NtkGainGrows,
      PredictorBeatsParameters,
      ShortTrainingBeatsParameters,
      SearchesBeatRandom,
      NtkBoundsErrors,
      PublishedRowsAreReproduced,
      GradientsAreNotObfuscated,
      RobustCellsWithstandCorruptions,
  };
  Claims result;
  for (const MakeClaim make : kClaims) *result.add_claims() = make(inputs);
  for (Finding& finding : Findings(inputs)) {
    *result.add_findings() = std::move(finding);
  }
  if (inputs.reproductions != nullptr) {
    *result.mutable_reproductions() = *inputs.reproductions;
  }
  return result;
}

}  // namespace robbench
