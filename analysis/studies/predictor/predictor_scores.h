// The records of //ntk/proxies:score_proxies in a few bytes a cell: means over
// the seeds, scores rounded to six significant digits, counts exact. Small
// enough to be committed, and all that the study's statistics need.
#ifndef ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_SCORES_H_
#define ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_SCORES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/studies/score_records.h"

namespace robbench {

// Condenses ProxyRecords. Everything but cell, seed, values and flags must be
// the same in all of them; ReadScoreRecords names the other errors. A value
// that is not finite is left out and counted (PredictorColumn).
absl::StatusOr<PredictorScores> CollectPredictorScores(
    const RecordFiles& files);

// What a file of scores may not be: columns of another length than cells, a
// column twice or of no known score, infinite values, counts that are not a
// number, no parameters or multiply-adds, cells or seeds out of order, dead
// cells that are none of the cells.
absl::Status CheckPredictorScores(const std::string& path,
                                  const PredictorScores& scores);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_SCORES_H_
