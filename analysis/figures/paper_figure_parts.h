// The functions that draw one figure of paper_figure.h each. paper_figure.cc
// calls them and adds titles and captions; everybody else uses paper_figure.h.
#ifndef ANALYSIS_FIGURES_PAPER_FIGURE_PARTS_H_
#define ANALYSIS_FIGURES_PAPER_FIGURE_PARTS_H_

#include <string>

#include "analysis/figures/figure_parts.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/search/search.pb.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"

namespace robbench {

// Return scripts for graphviz's dot: a cell with its operations on the edges,
// and the network that cells are put into for images of `image_size` pixels a
// side.
std::string CellGraph(const Cell& cell, const FigureStyle& style);
std::string SkeletonGraph(const Skeleton& skeleton, int image_size, int classes,
                          const FigureStyle& style);

// Return script and data for gnuplot. The style must have passed CheckStyle,
// and the statistics CheckStatistics.
FigureText DrawAccuracyDistributions(const FigureInput& input);
FigureText DrawCostFronts(const FigureInput& input);
FigureText DrawSearchTrajectories(const FigureInput& input,
                                  const Search& search);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_PAPER_FIGURE_PARTS_H_
