// What training-free scores and short trainings tell of published accuracies,
// and at which cost. README.md has the rules, predictor_study.proto the meaning
// of each number.
#ifndef ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_STUDY_H_
#define ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_STUDY_H_

#include <string>

#include "absl/status/statusor.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/predictor_scores.pb.h"

namespace robbench {

// The live cells that a study needs at least.
inline constexpr int kLeastPredictorCells = 10;

// Everything but the provenance, which the caller sets. `scores` have passed
// CheckPredictorScores. Errors name path and field: ranges of the spec, names
// of no score, a data set or metric that the table does not have, a cell that
// it does not have or whose accuracy is missing, fewer than
// kLeastPredictorCells live cells, a combination of nothing.
absl::StatusOr<PredictorStudy> ComputePredictorStudy(
    const BenchmarkTable& table, const std::string& spec_path,
    const PredictorStudySpec& spec, const std::string& scores_path,
    const PredictorScores& scores);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_STUDY_H_
