// The figures of the predictor study.
#ifndef ANALYSIS_FIGURES_STUDIES_PREDICTOR_FIGURE_H_
#define ANALYSIS_FIGURES_STUDIES_PREDICTOR_FIGURE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/studies/predictor/predictor_study.pb.h"

namespace robbench {

// `style` must have passed CheckStyle. The first two are by the spec's main
// metric, a panel a data set:
//
//   predictor_cost    Spearman's coefficient of every predictor, with its
//                     interval, against multiply-adds; the front, and what
//                     noise leaves to a perfect predictor
//   predictor_regret  regret of the best of the first k, against k: predictors
//                     on the front, combinations, random cells and a perfect
//                     predictor; and what noise resolves
//   predictor_matrix  Spearman's coefficient between predictors: every count,
//                     every score on clean images
//
// FailedPrecondition for a study without predictors or without the metric.
absl::StatusOr<std::vector<Figure>> MakePredictorFigures(
    const PredictorStudy& study, const FigureStyle& style);

// The positions of the counts and scores on the front, by cost: no other that
// costs as much or less has a higher coefficient with the metric at position
// `m` of the results, and of equal ones the first. Combinations, which are
// fitted to accuracies, are not on it, nor is what has no cost or coefficient.
std::vector<int> PredictorFront(const PredictorStudy& study, int m);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_STUDIES_PREDICTOR_FIGURE_H_
