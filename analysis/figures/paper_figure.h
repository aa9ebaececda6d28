// Makes the figures that need a whole table: all cells, several data sets, or
// searches. figure.h has those that every table has.
//
//   cell                    Fig. 1: the best cell as a graph; drawn in
//                           architecture_graph.cc
//   skeleton                Fig. 1: what the cells are put into;
//                           architecture_graph.cc
//   accuracy_distributions  Fig. 3a: how many cells have which accuracy;
//                           accuracy_distribution_figure.cc
//   dataset_ranking         Fig. 3c: ranks on one data set against another;
//                           paper_figure.cc, ranking_figure.cc
//   all_correlations        Spearman and Kendall of all accuracies;
//                           paper_figure.cc, rank_correlation_figure.cc
//   cost_fronts             accuracy against cost, and the cells to choose;
//                           cost_front_figure.cc
//   search_trajectories     regret of each search by query (cf. Table 2);
//                           search_figure.cc
#ifndef ANALYSIS_FIGURES_PAPER_FIGURE_H_
#define ANALYSIS_FIGURES_PAPER_FIGURE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/search/search.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"

namespace robbench {

// Returns these figures in this order. `style` must have passed CheckStyle.
// FailedPrecondition when statistics or search are not of this table.
absl::StatusOr<std::vector<Figure>> MakePaperFigures(
    const BenchmarkTable& table, const Statistics& statistics,
    const Search& search, const FigureStyle& style);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_PAPER_FIGURE_H_
