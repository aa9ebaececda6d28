// The figure of the NTK study, the counterpart of Fig. 5 of the paper.
#ifndef ANALYSIS_FIGURES_STUDIES_NTK_STUDY_FIGURE_H_
#define ANALYSIS_FIGURES_STUDIES_NTK_STUDY_FIGURE_H_

#include "absl/status/statusor.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/studies/ntk/ntk_study.pb.h"

namespace robbench {

// Returns the figure "ntk_study". For each setting it has a panel with
// Spearman's coefficient of the smallest eigenvalue of every kernel with every
// accuracy, with its interval. `style` must have passed CheckStyle.
// FailedPrecondition for a study without settings.
absl::StatusOr<Figure> MakeNtkStudyFigure(const NtkStudy& study,
                                          const FigureStyle& style);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_STUDIES_NTK_STUDY_FIGURE_H_
