// Reads a predictor study for claims, figures and reports: whether it is whole,
// what it speaks of in words, and what it recommends. All but the first
// function take a study that is whole.
#ifndef ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_TEXT_H_
#define ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/table/table.pb.h"
#include "google/protobuf/repeated_field.h"

namespace robbench {

// Returns InvalidArgument, naming `path` and the field, for a study without the
// number of parameters, or without results by data set and metric of its spec
// for random cells and for each predictor.
absl::Status CheckPredictorStudy(const std::string& path,
                                 const PredictorStudy& study);

// Returns "SNIP" (of clean images), "SNIP, FGSM 8/255" or "combination: cheap".
std::string PredictorLabel(const Predictor& predictor);

// Returns " Short trainings are judged over the 63 cells that were trained.",
// with the most that any of them has; nothing for a study without them.
std::string TrainedCellsText(const PredictorStudy& study);

// Returns "better than parameters", "worse than parameters", "no gain of 0.05"
// or "undecided".
std::string PredictorOutcomeText(PredictorOutcome outcome, double least_gain);

// Returns "0.82 [0.78, 0.86]", without the interval where there is none, and
// "–" for an estimate that is absent.
std::string PredictorEstimateText(bool has, const PredictorEstimate& estimate);

// Returns the positions, among each predictor's results, of the main metric on
// each data set: what claims, tables and figures show first.
std::vector<int> MainResults(const PredictorStudy& study);

// Returns what noise leaves of a metric, or null for a table without noise.
const PredictorNoise* FindPredictorNoise(const PredictorStudy& study,
                                         const ColumnKey& metric);

// Returns the predictor that is the number of parameters. Every study has it.
const Predictor& ParametersOf(const PredictorStudy& study);

// Returns the cut of this size, or null where there is none.
const PredictorCut* FindPredictorCut(
    const google::protobuf::RepeatedPtrField<PredictorCut>& cuts,
    uint32_t size);

// Returns the predictor that README.md's rule recommends: the cheapest in
// multiply-adds, then the first, of those that are BETTER_THAN_PARAMETERS for
// the main metric on every data set; the number of parameters where there is
// none. Short trainings are no candidates: it is known before training.
const Predictor& RecommendedPredictor(const PredictorStudy& study);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_PREDICTOR_TEXT_H_
