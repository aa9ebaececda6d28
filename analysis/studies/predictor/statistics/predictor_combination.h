// A combination of predictors: what it says of cells that it has not seen.
#ifndef ANALYSIS_STUDIES_PREDICTOR_STATISTICS_PREDICTOR_COMBINATION_H_
#define ANALYSIS_STUDIES_PREDICTOR_STATISTICS_PREDICTOR_COMBINATION_H_

#include <string>
#include <vector>

#include "analysis/studies/predictor/predictor_study.pb.h"

namespace robbench {

// What is combined: finite values of each member by cell, the metrics by cell,
// and the network of each cell, of which no two stand on both sides of a split
// (rank_ridge.h).
struct CombinationInputs {
  std::vector<std::vector<double>> members;
  std::vector<std::vector<double>> metrics;
  std::vector<std::string> networks;
};

// By metric and cell: the mean over the repeats of what is predicted for the
// cell from the folds that it is not in. Two different networks or more
// (CHECKed).
std::vector<std::vector<double>> CrossPredictions(
    const CombinationInputs& inputs, const PredictorStudySpec& spec);

// By metric, a point for each size of the spec that leaves at least
// `least_tested` cells in every draw and for which some draw has a coefficient.
std::vector<std::vector<PredictorLabels>> LearningCurves(
    const CombinationInputs& inputs, const PredictorStudySpec& spec,
    int least_tested);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_STATISTICS_PREDICTOR_COMBINATION_H_
