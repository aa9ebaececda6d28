// Ridge regression of an accuracy's ranks on predictors' ranks, and the ways to
// divide cells so that none is judged by itself.
//
// Ranks because predictors differ by many orders of magnitude and only the
// order of cells is asked for (Iman and Conover, "The use of the rank transform
// in regression", 1979); ridge (Hoerl and Kennard 1970) because predictors say
// much the same.
#ifndef ANALYSIS_STUDIES_PREDICTOR_STATISTICS_RANK_RIDGE_H_
#define ANALYSIS_STUDIES_PREDICTOR_STATISTICS_RANK_RIDGE_H_

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace robbench {

// The ranks of each predictor (one vector a predictor, finite values) among all
// cells, shifted and scaled to mean 0 and variance 1 (divisor n): [cells,
// predictors]. A constant predictor is 0 everywhere. No accuracy plays a role.
Eigen::MatrixXd RankFeatures(const std::vector<std::vector<double>>& columns);

// A division of cells: what is fitted to, and what is then predicted.
struct Split {
  std::vector<int> train, test;
};

// For each target (a value a cell), what is predicted for the cells of `test`
// from features and targets of the cells of `train` alone: the place that a
// cell would have among them, (rank - 1/2) / |train|, which does not depend on
// their number. With the penalty p of `penalties` that has the least
// leave-one-out error on `train` (the first of equals), the weights w and the
// level b minimise
//
//   sum over train of (place - b - w (x - mean of x))^2 + p |train| |w|^2
//
// Leave-one-out errors in closed form: residual / (1 - leverage), the level's
// 1 / |train| being part of the leverage. From one cell nothing is learnt: 1/2.
// One cell of `train`, one penalty above 0 and one target at least (CHECKed).
std::vector<std::vector<double>> PredictRanks(
    const Eigen::MatrixXd& features,
    const std::vector<std::vector<double>>& targets, const Split& split,
    absl::Span<const double> penalties);

// Cells in so many folds of about equal size, cells of one group in one fold:
// groups in random order, each to the smallest fold so far. Each fold is the
// test of one split, all others its train. Folds without a cell are left out.
std::vector<Split> GroupedFolds(const std::vector<std::string>& groups,
                                int folds, uint32_t seed, uint32_t repeat);

// `labels` cells to fit to, groups in random order, whose last group may be
// taken in part; tested on all cells of other groups.
Split DrawLabels(const std::vector<std::string>& groups, int labels,
                 uint32_t seed, uint32_t repeat);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_STATISTICS_RANK_RIDGE_H_
