// The figure of the trainings that were done by the paper's recipe in full.
#ifndef ANALYSIS_FIGURES_STUDIES_REPRODUCTION_FIGURE_H_
#define ANALYSIS_FIGURES_STUDIES_REPRODUCTION_FIGURE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "training/records.pb.h"

namespace robbench {

// Returns the figure "training_loss": the loss by epoch of every training, one
// colour for each cell, with the plateau, the escape epochs and the collapses
// (analysis/collect/training_course.h). `style` must have passed CheckStyle;
// classes >= 2 is CHECKed. FailedPrecondition where there is no training, or
// one without epochs.
absl::StatusOr<Figure> MakeTrainingLossFigure(
    const std::vector<TrainRecord>& trainings, uint32_t classes,
    const FigureStyle& style);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_STUDIES_REPRODUCTION_FIGURE_H_
