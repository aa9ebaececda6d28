// The records of //ntk/proxies:score_proxies in a few bytes a cell: means over
// the seeds, scores rounded to six significant digits, counts exact. Small
// enough to be committed, and all that the study's statistics need.
#ifndef ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_SCORES_H_
#define ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_SCORES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/studies/predictor/predictor_study.pb.h"

namespace robbench {

// `files` are (path, bytes) of ProxyRecords in any order; the result does not
// depend on it. Everything but cell, seed, values and flags has to be the same
// in all of them, and every cell has to have every seed once. A value that is
// not finite is left out and counted (PredictorColumn). Errors name path,
// field, expected and found: other records, missing and double ones.
absl::StatusOr<PredictorScores> CollectPredictorScores(
    const std::vector<std::pair<std::string, std::string>>& files);

// Textproto, a list of values a line. ParseTextProto reads it.
std::string PrintPredictorScores(const PredictorScores& scores);

// What a file of scores may not be: columns of another length than cells, a
// column twice or of no known score, infinite values, counts that are not a
// number, no parameters or multiply-adds, cells or seeds out of order, dead
// cells that are none of the cells.
absl::Status CheckPredictorScores(const std::string& path,
                                  const PredictorScores& scores);

// "snip of clean", "parameters": as messages name a column.
std::string PredictorText(const std::string& score, const std::string& images);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_SCORES_H_
