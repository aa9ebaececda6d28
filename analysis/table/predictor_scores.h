// Checks a file of training-free scores and short trainings
// (predictor_scores.proto). Its values
// are means over the seeds, scores rounded to six significant digits, counts
// exact: small enough to be committed.
#ifndef ANALYSIS_TABLE_PREDICTOR_SCORES_H_
#define ANALYSIS_TABLE_PREDICTOR_SCORES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "analysis/table/predictor_scores.pb.h"
#include "google/protobuf/repeated_field.h"

namespace robbench {

// Returns "snip of clean" or "parameters", as messages name a column.
std::string PredictorText(const std::string& score, const std::string& images);

// Returns InvalidArgument, naming `path` and the field, for what a file of
// scores may not be: columns of another length than cells, a column twice or of
// no known score, infinite values, counts that are not a number, no parameters
// or multiply-adds, cells or seeds out of order, dead cells that are none of
// the cells, trainings without columns or twice, costs of what is no training.
absl::Status CheckPredictorScores(const std::string& path,
                                  const PredictorScores& scores);

// Returns InvalidArgument, naming `path` and the field, for cells, dead cells
// or seeds that are out of order, and for dead cells that are none of the
// cells. Files of NTK scores have these fields too.
absl::Status CheckScoredCells(
    const std::string& path,
    const google::protobuf::RepeatedField<uint32_t>& cells,
    const google::protobuf::RepeatedField<uint32_t>& dead_cells,
    const google::protobuf::RepeatedField<uint32_t>& seeds);

}  // namespace robbench

#endif  // ANALYSIS_TABLE_PREDICTOR_SCORES_H_
