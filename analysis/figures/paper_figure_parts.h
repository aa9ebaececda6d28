// The functions that draw one figure of paper_figure.h each.
#ifndef ANALYSIS_FIGURES_PAPER_FIGURE_PARTS_H_
#define ANALYSIS_FIGURES_PAPER_FIGURE_PARTS_H_

#include <string>

#include "analysis/figures/figure_parts.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/search/search.pb.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"

namespace robbench {

// Scripts of graphviz's dot.
std::string CellGraph(const Cell& cell, const FigureStyle& style);
std::string SkeletonGraph(const Skeleton& skeleton, int image_size, int classes,
                          const FigureStyle& style);

FigureText DrawAccuracyDistributions(const FigureInput& input);
FigureText DrawCostFronts(const FigureInput& input);
FigureText DrawSearchTrajectories(const FigureInput& input,
                                  const Search& search);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_PAPER_FIGURE_PARTS_H_
