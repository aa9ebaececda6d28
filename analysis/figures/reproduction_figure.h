// The figure of the trainings that were done by the paper's recipe in full.
#ifndef ANALYSIS_FIGURES_REPRODUCTION_FIGURE_H_
#define ANALYSIS_FIGURES_REPRODUCTION_FIGURE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "training/records.pb.h"

namespace robbench {

// "training_loss": loss by epoch of every training, one colour a cell, with the
// plateau of training_course.h, the escape epochs and the collapses. `style`
// must have passed CheckStyle; classes >= 2 (CHECKed). FailedPrecondition where
// there is no training, or one without epochs.
absl::StatusOr<Figure> MakeTrainingLossFigure(
    const std::vector<TrainRecord>& trainings, uint32_t classes,
    const FigureStyle& style);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_REPRODUCTION_FIGURE_H_
