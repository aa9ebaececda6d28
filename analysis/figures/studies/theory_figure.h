// Figures of the studies of the paper's theory (ntk/theory): what
// //ntk/theory:width_study and :bound_study wrote.
//
//   width_study  kernels of finite width against infinite width
//   bound_study  bounds on the error against measured errors, by b
#ifndef ANALYSIS_FIGURES_STUDIES_THEORY_FIGURE_H_
#define ANALYSIS_FIGURES_STUDIES_THEORY_FIGURE_H_

#include <vector>

#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// Returns both figures. The records must have passed the checks of
// analysis/studies/theory/theory_check.h, and `style` CheckStyle.
std::vector<Figure> MakeTheoryFigures(const WidthStudyRecord& width_study,
                                      const BoundStudyRecord& bound_study,
                                      const FigureStyle& style);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_STUDIES_THEORY_FIGURE_H_
