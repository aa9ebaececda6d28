#include "analysis/studies/predictor/predictor_text.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/statistics/coefficient_text.h"
#include "analysis/table/predictor_name.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"

namespace robbench {

absl::Status CheckPredictorStudy(const std::string& path,
                                 const PredictorStudy& study) {
  const PredictorStudySpec& spec = study.spec();
  const int results = spec.datasets_size() * spec.metrics_size();
  const auto check = [&](const std::string& field, int found) {
    if (found == results) return absl::OkStatus();
    return FieldError(path, field,
                      absl::StrCat(results, ", by data set and metric"),
                      absl::StrCat(found));
  };
  ROBBENCH_RETURN_IF_ERROR(check("random", study.random_size()));
  bool has_parameters = false;
  for (const Predictor& predictor : study.predictors()) {
    has_parameters |= predictor.name() == "parameters";
    ROBBENCH_RETURN_IF_ERROR(
        check(absl::StrCat("predictors[", predictor.name(), "].results"),
              predictor.results_size()));
  }
  if (!has_parameters) {
    return FieldError(path, "predictors", "the number of parameters", "none");
  }
  return absl::OkStatus();
}

std::string PredictorLabel(const Predictor& predictor) {
  if (predictor.kind() == Predictor::COMBINATION) {
    return absl::StrCat("combination: ", predictor.name());
  }
  const std::string score = PredictorScoreLabel(predictor.name());
  if (predictor.images().empty() || (predictor.images() == "clean" &&
                                     predictor.kind() != Predictor::TRAINING)) {
    return score;
  }
  return absl::StrCat(score, ", ", PredictorImagesLabel(predictor.images()));
}

std::string TrainedCellsText(const PredictorStudy& study) {
  uint32_t most = 0;
  for (const Predictor& predictor : study.predictors()) {
    if (predictor.kind() != Predictor::TRAINING) continue;
    most = std::max(most, study.cells() - predictor.left_out_cells());
  }
  return most == 0 ? ""
                   : absl::StrCat(" Short trainings are judged over the ", most,
                                  " cells that were trained.");
}

std::string PredictorOutcomeText(PredictorOutcome outcome, double least_gain) {
  switch (outcome) {
    case BETTER_THAN_PARAMETERS:
      return "better than parameters";
    case WORSE_THAN_PARAMETERS:
      return "worse than parameters";
    case NO_GAIN:
      return absl::StrFormat("no gain of %.2f", least_gain);
    case UNDECIDED_GAIN:
      break;
  }
  return "undecided";
}

std::string PredictorEstimateText(bool has, const PredictorEstimate& estimate) {
  if (!has) return "–";
  if (!estimate.has_interval()) return Coefficient(estimate.value());
  return CoefficientAndInterval(estimate.value(), estimate.interval().low(),
                                estimate.interval().high());
}

std::vector<int> MainResults(const PredictorStudy& study) {
  std::vector<int> results;
  for (int m = 0; m < study.random_size(); ++m) {
    if (study.random(m).metric().metric() == study.spec().main_metric()) {
      results.push_back(m);
    }
  }
  return results;
}

const PredictorNoise* FindPredictorNoise(const PredictorStudy& study,
                                         const ColumnKey& metric) {
  for (const PredictorNoise& noise : study.noises()) {
    if (noise.metric().dataset() == metric.dataset() &&
        noise.metric().metric() == metric.metric()) {
      return &noise;
    }
  }
  return nullptr;
}

const Predictor& ParametersOf(const PredictorStudy& study) {
  return *std::find_if(study.predictors().begin(), study.predictors().end(),
                       [](const Predictor& predictor) {
                         return predictor.name() == "parameters";
                       });
}

const PredictorCut* FindPredictorCut(
    const google::protobuf::RepeatedPtrField<PredictorCut>& cuts,
    uint32_t size) {
  for (const PredictorCut& cut : cuts) {
    if (cut.size() == size) return &cut;
  }
  return nullptr;
}

const Predictor& RecommendedPredictor(const PredictorStudy& study) {
  const std::vector<int> main = MainResults(study);
  const Predictor* best = nullptr;
  for (const Predictor& predictor : study.predictors()) {
    const bool better =
        predictor.kind() != Predictor::TRAINING && predictor.has_cost() &&
        !main.empty() && std::all_of(main.begin(), main.end(), [&](int m) {
          const PredictorResult& result = predictor.results(m);
          return result.gain().has_joint() &&
                 result.gain().joint().outcome() == BETTER_THAN_PARAMETERS;
        });
    if (better && (best == nullptr || predictor.cost().multiply_adds() <
                                          best->cost().multiply_adds())) {
      best = &predictor;
    }
  }
  return best == nullptr ? ParametersOf(study) : *best;
}

}  // namespace robbench
