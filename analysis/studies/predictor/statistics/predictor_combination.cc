#include "analysis/studies/predictor/statistics/predictor_combination.h"

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "absl/types/span.h"
#include "analysis/statistics/rank_statistics.h"
#include "analysis/studies/predictor/statistics/rank_ridge.h"

namespace robbench {
namespace {

absl::Span<const double> Penalties(const PredictorStudySpec& spec) {
  return {spec.penalties().data(), static_cast<size_t>(spec.penalties_size())};
}

}  // namespace

std::vector<std::vector<double>> CrossPredictions(
    const CombinationInputs& inputs, const PredictorStudySpec& spec) {
  const Eigen::MatrixXd features = RankFeatures(inputs.members);
  std::vector<std::vector<double>> predictions(
      inputs.metrics.size(), std::vector<double>(inputs.networks.size(), 0.0));
  for (uint32_t repeat = 0; repeat < spec.fold_repeats(); ++repeat) {
    for (const Split& split :
         GroupedFolds(inputs.networks, spec.folds(), spec.seed(), repeat)) {
      const auto predicted =
          PredictRanks(features, inputs.metrics, split, Penalties(spec));
      for (size_t m = 0; m < predicted.size(); ++m) {
        for (size_t i = 0; i < split.test.size(); ++i) {
          predictions[m][split.test[i]] +=
              predicted[m][i] / spec.fold_repeats();
        }
      }
    }
  }
  return predictions;
}

std::vector<std::vector<PredictorLabels>> LearningCurves(
    const CombinationInputs& inputs, const PredictorStudySpec& spec,
    int least_tested) {
  const Eigen::MatrixXd features = RankFeatures(inputs.members);
  std::vector<std::vector<PredictorLabels>> curves(inputs.metrics.size());
  for (const uint32_t labels : spec.labels()) {
    // These are the coefficients, by metric and draw.
    std::vector<std::vector<double>> found(inputs.metrics.size());
    bool enough = true;
    for (uint32_t repeat = 0; enough && repeat < spec.label_repeats();
         ++repeat) {
      const Split split =
          DrawLabels(inputs.networks, labels, spec.seed(), repeat);
      enough = static_cast<int>(split.test.size()) >= least_tested;
      if (!enough) break;
      const auto predicted =
          PredictRanks(features, inputs.metrics, split, Penalties(spec));
      for (size_t m = 0; m < predicted.size(); ++m) {
        std::vector<double> tested;
        for (const int cell : split.test) {
          tested.push_back(inputs.metrics[m][cell]);
        }
        if (const auto rho = Spearman(predicted[m], tested)) {
          found[m].push_back(*rho);
        }
      }
    }
    if (!enough) continue;
    for (size_t m = 0; m < found.size(); ++m) {
      if (found[m].empty()) continue;
      std::sort(found[m].begin(), found[m].end());
      PredictorLabels& point = curves[m].emplace_back();
      point.set_labels(labels);
      point.set_spearman(
          std::accumulate(found[m].begin(), found[m].end(), 0.0) /
          found[m].size());
      point.set_low(Quantile(found[m], 0.025));
      point.set_high(Quantile(found[m], 0.975));
    }
  }
  return curves;
}

}  // namespace robbench
