// Figures and tables of the studies of the paper's theory (ntk/theory): what
// //ntk/theory:width_study and :bound_study wrote.
//
//   width_study  kernels of finite width against infinite width
//   bound_study  bounds on the error against measured errors, by b
#ifndef ANALYSIS_THEORY_FIGURE_H_
#define ANALYSIS_THEORY_FIGURE_H_

#include <vector>

#include "analysis/figure.h"
#include "analysis/figure_style.pb.h"
#include "analysis/report_table.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

// Both figures; the records and `style` must have passed the checks of
// theory_check.h.
std::vector<Figure> MakeTheoryFigures(const WidthStudyRecord& width_study,
                                      const BoundStudyRecord& bound_study,
                                      const FigureStyle& style);

// "theory-width" and "theory-bounds".
ReportTable WidthStudyTable(const WidthStudyRecord& study);
ReportTable BoundStudyTable(const BoundStudyRecord& study);

}  // namespace robbench

#endif  // ANALYSIS_THEORY_FIGURE_H_
