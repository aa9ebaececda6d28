// Rank coefficients of many predictors with many metrics, on any choice of
// cells: on all of them, and on the resamples of a bootstrap.
#ifndef ANALYSIS_STUDIES_PREDICTOR_STATISTICS_PREDICTOR_COEFFICIENTS_H_
#define ANALYSIS_STUDIES_PREDICTOR_STATISTICS_PREDICTOR_COEFFICIENTS_H_

#include <vector>

namespace robbench {

struct PredictorValues {
  // A value a cell, higher is better, not a number where there is none. One
  // vector for every metric alike, or one for each.
  std::vector<std::vector<double>> values;
  // Parameters and multiply-adds, which partial coefficients hold fixed, have
  // none themselves.
  bool has_partial = true;
};

// Over the cells that have a value of the predictor; not a number where
// undefined.
struct PairCoefficients {
  double spearman, kendall, partial, best_quarter;
  double gain;  // Spearman's coefficient less that of parameters
};

struct PredictorColumns {
  std::vector<std::vector<double>> metrics;  // finite, a value a cell
  std::vector<double> parameters, multiply_adds;
  std::vector<PredictorValues> predictors;
};

// Of each predictor with each metric in turn, on the cells named by their
// positions, which may repeat.
std::vector<PairCoefficients> ComputeCoefficients(
    const PredictorColumns& columns, const std::vector<int>& cells);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_STATISTICS_PREDICTOR_COEFFICIENTS_H_
