// The records of //ntk/proxies:score_proxies in a few bytes a cell: means over
// the seeds, scores rounded to six significant digits, counts exact
// (analysis/table/predictor_scores.h). It is all that the study's statistics
// need.
#ifndef ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_SCORES_H_
#define ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_SCORES_H_

#include "absl/status/statusor.h"
#include "analysis/studies/score_records.h"
#include "analysis/table/predictor_scores.pb.h"

namespace robbench {

// Condenses ProxyRecords. Everything but cell, seed, values and flags must be
// the same in all of them; ReadScoreRecords names the other errors. A value
// that is not finite is left out and counted (PredictorColumn).
absl::StatusOr<PredictorScores> CollectPredictorScores(
    const RecordFiles& files);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_SCORES_H_
