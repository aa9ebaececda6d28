#include "analysis/studies/predictor/predictor_study.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/statistics/bootstrap.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/statistics/rank_statistics.h"
#include "analysis/studies/predictor/predictor_cost.h"
#include "analysis/studies/predictor/predictor_spec.h"
#include "analysis/studies/predictor/statistics/noise_bound.h"
#include "analysis/studies/predictor/statistics/predictor_coefficients.h"
#include "analysis/studies/predictor/statistics/predictor_combination.h"
#include "analysis/studies/predictor/statistics/predictor_statistics.h"
#include "analysis/table/predictor_name.h"
#include "analysis/table/predictor_scores.pb.h"
#include "analysis/table/table.pb.h"
#include "nas/base/field_error.h"
#include "nas/base/philox.h"
#include "nas/base/status_macros.h"
#include "nas/cell.h"
#include "nas/network_identity.h"

namespace robbench {
namespace {

// The probability of error that all joint intervals share.
constexpr double kLevel = 0.05;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

PredictorOutcome OutcomeOf(double low, double high, double least_gain) {
  if (high < 0) return WORSE_THAN_PARAMETERS;
  if (high < least_gain) return NO_GAIN;
  return low > 0 ? BETTER_THAN_PARAMETERS : UNDECIDED_GAIN;
}

// Averages the values that are defined.
class Mean {
 public:
  void Add(double value) {
    if (std::isnan(value)) return;
    sum_ += value;
    ++count_;
  }
  std::optional<double> Get() const {
    if (count_ == 0) return std::nullopt;
    return sum_ / count_;
  }

 private:
  double sum_ = 0;
  int count_ = 0;
};

class Study {
 public:
  Study(const BenchmarkTable& table, const std::string& spec_path,
        const PredictorStudySpec& spec, const std::string& scores_path,
        const PredictorScores& scores)
      : table_(table),
        spec_path_(spec_path),
        spec_(spec),
        path_(scores_path),
        scores_(scores) {}

  absl::StatusOr<PredictorStudy> Make() {
    ROBBENCH_RETURN_IF_ERROR(CheckPredictorSpec(spec_path_, spec_));
    ROBBENCH_RETURN_IF_ERROR(GatherCells());
    ROBBENCH_RETURN_IF_ERROR(GatherMetrics());
    *study_.mutable_spec() = spec_;
    study_.set_dataset(scores_.dataset());
    *study_.mutable_scores_spec() = scores_.spec();
    *study_.mutable_seeds() = scores_.seeds();
    study_.set_cells(positions_.size());
    study_.set_networks(
        std::set<std::string>(networks_.begin(), networks_.end()).size());
    *study_.mutable_flags() = scores_.flags();
    *study_.mutable_trainings() = scores_.trainings();
    *study_.mutable_inputs() = scores_.provenance().inputs();
    AddPredictors();
    ROBBENCH_RETURN_IF_ERROR(AddCombinations());
    AddNoise();
    AddRandom();
    AddBetween();
    AddResults();
    return std::move(study_);
  }

 private:
  absl::Status GatherCells() {
    const std::set<uint32_t> dead(scores_.dead_cells().begin(),
                                  scores_.dead_cells().end());
    for (int i = 0; i < scores_.cells_size(); ++i) {
      const auto cell = Cell::FromIndex(scores_.cells(i));
      const auto position = cell.ok() ? table_.Position(*cell) : std::nullopt;
      if (!position) {
        return FieldError(path_, "cells", "cells of the table",
                          absl::StrCat(scores_.cells(i)));
      }
      if (dead.contains(scores_.cells(i))) {
        *study_.add_dead_cells() = MakeCellKey(table_.cell(*position));
        continue;
      }
      positions_.push_back(*position);
      networks_.push_back(NetworkString(*cell));
      rows_.push_back(i);
    }
    if (positions_.size() < kLeastPredictorCells) {
      return FieldError(
          path_, "cells",
          absl::StrCat(kLeastPredictorCells, " live ones or more"),
          absl::StrCat(positions_.size()));
    }
    return absl::OkStatus();
  }

  absl::Status GatherMetrics() {
    for (const std::string& dataset : spec_.datasets()) {
      for (const std::string& metric : spec_.metrics()) {
        ROBBENCH_ASSIGN_OR_RETURN(const Column* column,
                                  table_.Get(dataset, metric));
        if (column->kind() != Column::ACCURACY) {
          return FieldError(spec_path_, "metrics", "accuracies", metric);
        }
        metrics_.push_back(column);
        std::vector<double>& values = columns_.metrics.emplace_back();
        for (const int position : positions_) {
          values.push_back(column->mean(position));
          if (!std::isfinite(values.back())) {
            return FieldError(
                path_, "cells",
                absl::StrCat("cells with a value of ", dataset, " ", metric),
                absl::StrCat("none of ", table_.cell(position).index()));
          }
        }
      }
    }
    return absl::OkStatus();
  }

  void AddPredictors() {
    for (const PredictorColumn& column : scores_.columns()) {
      Predictor& predictor = *study_.add_predictors();
      const bool is_count = IsCount(column.score());
      const bool lowest_first = IsLowestFirst(column.score());
      predictor.set_kind(is_count                     ? Predictor::COUNT
                         : IsTraining(column.score()) ? Predictor::TRAINING
                                                      : Predictor::SCORE);
      predictor.set_name(column.score());
      if (column.has_images()) predictor.set_images(column.images());
      predictor.set_lowest_first(lowest_first);
      if (column.has_seed_agreement()) {
        predictor.mutable_seed_agreement()->set_value(column.seed_agreement());
      }
      std::vector<double> values;
      for (const int row : rows_) values.push_back(column.value(row));
      predictor.set_left_out_records(column.left_out_records());
      predictor.set_left_out_cells(
          std::count_if(values.begin(), values.end(),
                        [](double value) { return std::isnan(value); }));
      if (column.score() == "parameters") columns_.parameters = values;
      if (column.score() == "multiply_adds") columns_.multiply_adds = values;
      for (double& value : values) value = lowest_first ? -value : value;
      columns_.predictors.push_back(
          {.values = {std::move(values)},
           .has_partial = column.score() != "parameters" &&
                          column.score() != "multiply_adds"});
    }
    SetCosts();
  }

  void SetCosts() {
    const double multiply_adds =
        std::accumulate(columns_.multiply_adds.begin(),
                        columns_.multiply_adds.end(), 0.0) /
        positions_.size();
    const double of_a_pass = scores_.spec().images() * multiply_adds;
    for (int p = 0; p < study_.predictors_size(); ++p) {
      Predictor& predictor = *study_.mutable_predictors(p);
      const PredictorColumn& column = scores_.columns(p);
      const auto passes =
          column.has_multiply_adds()
              ? column.multiply_adds() / of_a_pass
              : ForwardPasses(scores_.spec(), column.score(), column.images());
      if (passes) {
        predictor.mutable_cost()->set_passes(*passes);
        predictor.mutable_cost()->set_multiply_adds(*passes * of_a_pass);
      }
      if (predictor.kind() == Predictor::COUNT) {
        predictor.mutable_seconds()->set_value(0);
      }
      for (const MeasuredSeconds& measured : spec_.seconds()) {
        if (measured.score() == predictor.name() &&
            measured.images() == predictor.images()) {
          predictor.mutable_seconds()->set_value(measured.seconds());
        }
      }
    }
  }

  static void AddCost(const Predictor& member, Predictor& combination) {
    PredictorCost& cost = *combination.mutable_cost();
    cost.set_passes(cost.passes() + member.cost().passes());
    cost.set_multiply_adds(cost.multiply_adds() +
                           member.cost().multiply_adds());
    PredictorSeconds& seconds = *combination.mutable_seconds();
    seconds.set_value(seconds.value() + member.seconds().value());
  }

  absl::Status AddCombinations() {
    const int scored = study_.predictors_size();
    for (const PredictorCombination& combination : spec_.combinations()) {
      Predictor added;
      added.set_kind(Predictor::COMBINATION);
      added.set_name(combination.name());
      added.set_lowest_first(false);
      added.set_left_out_records(0);
      added.set_left_out_cells(0);
      CombinationInputs inputs{.metrics = columns_.metrics,
                               .networks = networks_};
      bool cost = true, seconds = true;
      for (int p = 0; p < scored; ++p) {
        const Predictor& member = study_.predictors(p);
        const std::vector<double>& values = columns_.predictors[p].values[0];
        const bool constant =
            std::all_of(values.begin(), values.end(),
                        [&](double value) { return value == values[0]; });
        if (member.kind() == Predictor::TRAINING ||
            member.left_out_cells() > 0 || constant ||
            (combination.has_most_passes() &&
             !(member.has_cost() &&
               member.cost().passes() <= combination.most_passes()))) {
          continue;
        }
        added.add_members(p);
        inputs.members.push_back(values);
        AddCost(member, added);
        cost = cost && member.has_cost();
        seconds = seconds && member.has_seconds();
      }
      if (inputs.members.empty()) {
        return FieldError(
            spec_path_, absl::StrCat("combinations[", combination.name(), "]"),
            "predictors with a value of every cell", "none");
      }
      if (study_.networks() < 2) {
        return FieldError(path_, "cells", "two networks that differ or more",
                          "one");
      }
      if (!cost) added.clear_cost();
      if (!seconds) added.clear_seconds();
      columns_.predictors.push_back(
          {.values = CrossPredictions(inputs, spec_)});
      curves_.push_back(LearningCurves(inputs, spec_, kLeastPredictorCells));
      *study_.add_predictors() = std::move(added);
    }
    return absl::OkStatus();
  }

  void AddNoise() {
    const Twins twins = FindTwins(table_);
    std::vector<int> all(positions_.size());
    std::iota(all.begin(), all.end(), 0);
    for (size_t m = 0; m < metrics_.size(); ++m) {
      const auto floor = MeasureNoise(twins, *metrics_[m], /*best=*/1);
      if (!floor) continue;
      const std::vector<double>& values = columns_.metrics[m];
      PredictorNoise& noise = *study_.add_noises();
      *noise.mutable_metric() = metrics_[m]->key();
      noise.set_standard_deviation(floor->standard_deviation());
      noise.set_low(floor->low());
      noise.set_high(floor->high());
      noise.set_resolution(floor->resolution());
      noise.set_reliability(Reliability(values, floor->standard_deviation()));
      noise.set_pearson(std::sqrt(noise.reliability()));
      Mean spearman, kendall, partial, best_quarter;
      std::vector<Mean> precision(spec_.sizes_size());
      std::vector<Mean> regret(spec_.sizes_size());
      PredictorColumns columns{.metrics = {{}},
                               .parameters = columns_.parameters,
                               .multiply_adds = columns_.multiply_adds,
                               .predictors = {{.values = {{}}}}};
      ForNoiseDraws(
          values, floor->standard_deviation(), spec_.noise_draws(),
          spec_.seed(), /*epoch=*/1 + static_cast<uint32_t>(m),
          [&](const std::vector<double>& truth,
              const std::vector<double>& published) {
            columns.metrics[0] = published;
            columns.predictors[0].values[0] = truth;
            const PairCoefficients found = ComputeCoefficients(columns, all)[0];
            spearman.Add(found.spearman);
            kendall.Add(found.kendall);
            partial.Add(found.partial);
            best_quarter.Add(found.best_quarter);
            for (int k = 0; k < spec_.sizes_size(); ++k) {
              const auto cut = JudgeTop(truth, published, spec_.sizes(k));
              precision[k].Add(cut ? cut->precision : kNaN);
              regret[k].Add(cut ? cut->regret : kNaN);
            }
          });
      if (const auto mean = spearman.Get()) {
        noise.mutable_spearman()->set_value(*mean);
      }
      if (const auto mean = kendall.Get()) {
        noise.mutable_kendall()->set_value(*mean);
      }
      if (const auto mean = partial.Get()) {
        noise.mutable_partial()->set_value(*mean);
      }
      if (const auto mean = best_quarter.Get()) {
        noise.mutable_best_quarter()->set_value(*mean);
      }
      for (int k = 0; k < spec_.sizes_size(); ++k) {
        if (!precision[k].Get()) continue;
        PredictorCut& cut = *noise.add_cuts();
        cut.set_size(spec_.sizes(k));
        cut.set_precision(*precision[k].Get());
        cut.set_regret(*regret[k].Get());
      }
    }
  }

  // Judges the choice among the cells that have a value of the predictor.
  void AddCuts(const std::vector<double>& predictor,
               const std::vector<double>& metric,
               PredictorResult& result) const {
    std::vector<double> x, y;
    for (size_t i = 0; i < predictor.size(); ++i) {
      if (std::isnan(predictor[i])) continue;
      x.push_back(predictor[i]);
      y.push_back(metric[i]);
    }
    for (const uint32_t size : spec_.sizes()) {
      const auto found = JudgeTop(x, y, static_cast<int>(size));
      if (!found) continue;
      PredictorCut& cut = *result.add_cuts();
      cut.set_size(size);
      cut.set_precision(found->precision);
      cut.set_regret(found->regret);
    }
  }

  void AddRandom() {
    const std::vector<double> constant(positions_.size(), 0.0);
    for (size_t m = 0; m < metrics_.size(); ++m) {
      PredictorResult& result = *study_.add_random();
      *result.mutable_metric() = metrics_[m]->key();
      AddCuts(constant, columns_.metrics[m], result);
    }
  }

  void AddBetween() {
    const size_t scored = columns_.predictors.size() - curves_.size();
    for (size_t second = 1; second < scored; ++second) {
      for (size_t first = 0; first < second; ++first) {
        std::vector<double> x, y;
        for (size_t i = 0; i < positions_.size(); ++i) {
          const double a = columns_.predictors[first].values[0][i];
          const double b = columns_.predictors[second].values[0][i];
          if (std::isnan(a) || std::isnan(b)) continue;
          x.push_back(a);
          y.push_back(b);
        }
        study_.add_between(Spearman(x, y).value_or(kNaN));
      }
    }
  }

  void AddResults() {
    const int n = static_cast<int>(positions_.size());
    std::vector<int> cells(n);
    std::iota(cells.begin(), cells.end(), 0);
    const auto found = ComputeCoefficients(columns_, cells);
    std::vector<std::vector<PairCoefficients>> resampled;
    for (uint32_t r = 0; r < spec_.resamples(); ++r) {
      PhiloxStream random(spec_.seed(), Purpose::kBootstrap, /*epoch=*/0,
                          /*step=*/r);
      for (int& cell : cells) cell = random.Below(n);
      resampled.push_back(ComputeCoefficients(columns_, cells));
    }
    const auto of = [&](size_t pair, double PairCoefficients::*field) {
      Bootstrapped statistic{.value = found[pair].*field};
      for (const auto& coefficients : resampled) {
        statistic.resampled.push_back(coefficients[pair].*field);
      }
      return statistic;
    };
    const auto set = [](const Bootstrapped& statistic,
                        PredictorEstimate* (PredictorResult::*field)(),
                        PredictorResult& result) {
      if (std::isnan(statistic.value)) return;
      PredictorEstimate& estimate = *(result.*field)();
      estimate.set_value(statistic.value);
      if (const auto interval = PercentileInterval(statistic.resampled)) {
        estimate.mutable_interval()->set_low(interval->low);
        estimate.mutable_interval()->set_high(interval->high);
      }
    };
    std::vector<Bootstrapped> comparisons;
    std::vector<PredictorGain*> gains;
    size_t pair = 0;
    const size_t scored = columns_.predictors.size() - curves_.size();
    for (size_t p = 0; p < columns_.predictors.size(); ++p) {
      const auto& values = columns_.predictors[p].values;
      Predictor& predictor = *study_.mutable_predictors(static_cast<int>(p));
      for (size_t m = 0; m < metrics_.size(); ++m, ++pair) {
        PredictorResult& result = *predictor.add_results();
        *result.mutable_metric() = metrics_[m]->key();
        set(of(pair, &PairCoefficients::spearman),
            &PredictorResult::mutable_spearman, result);
        set(of(pair, &PairCoefficients::kendall),
            &PredictorResult::mutable_kendall, result);
        set(of(pair, &PairCoefficients::partial),
            &PredictorResult::mutable_partial, result);
        set(of(pair, &PairCoefficients::best_quarter),
            &PredictorResult::mutable_best_quarter, result);
        if (predictor.kind() != Predictor::TRAINING ||
            predictor.left_out_cells() == 0) {
          AddCuts(values[std::min(m, values.size() - 1)], columns_.metrics[m],
                  result);
        }
        if (p >= scored) {
          const auto& curve = curves_[p - scored][m];
          result.mutable_learning()->Assign(curve.begin(), curve.end());
        }
        if (predictor.name() == "parameters") continue;
        Bootstrapped gain = of(pair, &PairCoefficients::gain);
        const auto interval = PercentileInterval(gain.resampled);
        if (std::isnan(gain.value) || !interval) continue;
        PredictorGain& added = *result.mutable_gain();
        added.set_difference(gain.value);
        added.set_low(interval->low);
        added.set_high(interval->high);
        // The fit of a combination scatters too, which its resamples do not
        // show, so it gets no joint interval.
        if (p >= scored) continue;
        comparisons.push_back(std::move(gain));
        gains.push_back(&added);
      }
    }
    study_.set_comparisons(0);
    if (comparisons.empty()) return;
    const std::optional<double> errors = JointErrors(comparisons, kLevel);
    if (!errors) return;
    study_.set_comparisons(comparisons.size());
    study_.set_joint_errors(*errors);
    for (size_t i = 0; i < gains.size(); ++i) {
      const double reach = *errors * BootstrapError(comparisons[i]);
      PredictorGain::Joint& joint = *gains[i]->mutable_joint();
      joint.set_low(comparisons[i].value - reach);
      joint.set_high(comparisons[i].value + reach);
      joint.set_outcome(
          OutcomeOf(joint.low(), joint.high(), spec_.least_gain()));
    }
  }

  const BenchmarkTable& table_;
  const std::string& spec_path_;
  const PredictorStudySpec& spec_;
  const std::string& path_;
  const PredictorScores& scores_;
  std::vector<int> positions_;  // in the table, of the live cells
  std::vector<int> rows_;       // of scores_, the same cells
  std::vector<std::string> networks_;
  std::vector<const Column*> metrics_;
  PredictorColumns columns_;
  // By combination, then metric.
  std::vector<std::vector<std::vector<PredictorLabels>>> curves_;
  PredictorStudy study_;
};

}  // namespace

absl::StatusOr<PredictorStudy> ComputePredictorStudy(
    const BenchmarkTable& table, const std::string& spec_path,
    const PredictorStudySpec& spec, const std::string& scores_path,
    const PredictorScores& scores) {
  return Study(table, spec_path, spec, scores_path, scores).Make();
}

}  // namespace robbench
