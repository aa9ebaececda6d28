#include "analysis/studies/ntk/ntk_study.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analysis/statistics/bootstrap.h"
#include "analysis/statistics/rank_statistics.h"
#include "analysis/studies/ntk/ntk_sample.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "nas/base/field_error.h"
#include "nas/base/philox.h"
#include "nas/base/status_macros.h"
#include "nas/cell.h"
#include "ntk/ntk.pb.h"
#include "training/attack_suite.pb.h"

namespace robbench {
namespace {

// The probability that any joint interval of a study is wrong.
constexpr double kLevel = 0.05;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Holds the coefficients of every score with every metric, for the cells
// themselves and for every resample of them.
struct Coefficients {
  std::vector<double> value;  // by score and metric
  // The same, then by resample.
  std::vector<std::vector<double>> resampled;
};

NtkOutcome OutcomeOf(double low, double high, double least_gain) {
  if (high < least_gain) return AT_MOST_LITTLE_BETTER;
  return low > 0 ? BETTER : OPEN;
}

class SettingStudy {
 public:
  // `settings` is the number of settings of the study, between which the
  // probability of error is divided.
  SettingStudy(const BenchmarkTable& table, const NtkStudySpec& spec,
               const std::string& path, const NtkScores& scores, int settings)
      : table_(table),
        spec_(spec),
        path_(path),
        scores_(scores),
        settings_(settings) {}

  absl::StatusOr<NtkSettingStudy> Make() {
    ROBBENCH_RETURN_IF_ERROR(Gather());
    Correlate();
    NtkSettingStudy study;
    study.set_setting(scores_.setting());
    *study.mutable_spec() = scores_.spec();
    *study.mutable_seeds() = scores_.seeds();
    study.set_cells(positions_.size());
    study.mutable_dead_cells()->Assign(dead_cells_.begin(), dead_cells_.end());
    *study.mutable_inputs() = scores_.provenance().inputs();
    for (size_t s = 0; s < names_.size(); ++s) {
      NtkScoreCorrelations& added = *study.add_scores();
      *added.mutable_name() = names_[s];
      if (const int sign = PredictedSign(names_[s].score());
          sign != 0 && names_[s].has_kernel()) {
        added.set_predicted_sign(sign);
      }
      if (agreements_[s]) added.set_seed_agreement(*agreements_[s]);
      for (size_t m = 0; m < metrics_.size(); ++m) {
        AddCorrelation(s, m, *added.add_correlations());
      }
    }
    for (size_t s = 0; s < names_.size(); ++s) AddContrasts(s, study);
    SetJointIntervals(study);
    return study;
  }

 private:
  int Pair(size_t score, size_t metric) const {
    return score * metrics_.size() + metric;
  }

  absl::Status Gather() {
    const std::set<uint32_t> dead(scores_.dead_cells().begin(),
                                  scores_.dead_cells().end());
    std::vector<int> rows;  // of scores_
    for (int i = 0; i < scores_.cells_size(); ++i) {
      const auto cell = Cell::FromIndex(scores_.cells(i));
      const auto position = cell.ok() ? table_.Position(*cell) : std::nullopt;
      if (!position) {
        return FieldError(path_, "cells", "cells of the table",
                          absl::StrCat(scores_.cells(i)));
      }
      if (dead.contains(scores_.cells(i))) {
        dead_cells_.push_back(MakeCellKey(table_.cell(*position)));
        continue;
      }
      positions_.push_back(*position);
      rows.push_back(i);
    }
    if (positions_.size() < 3) {
      return FieldError(path_, "cells", "three live ones or more",
                        absl::StrCat(positions_.size()));
    }
    for (const std::string& name : spec_.metrics()) {
      ROBBENCH_ASSIGN_OR_RETURN(const Column* column,
                                table_.Get(spec_.dataset(), name));
      metrics_.push_back(column);
      std::vector<double>& values = accuracies_.emplace_back();
      for (const int position : positions_) {
        values.push_back(column->mean(position));
        if (!std::isfinite(values.back())) {
          return FieldError(
              path_, "cells", absl::StrCat("cells with a value of ", name),
              absl::StrCat("none of ", table_.cell(position).index()));
        }
      }
    }
    for (const NtkScoreColumn& column : scores_.columns()) {
      names_.push_back(column.name());
      agreements_.push_back(column.has_seed_agreement()
                                ? std::make_optional(column.seed_agreement())
                                : std::nullopt);
      std::vector<double>& values = values_.emplace_back();
      for (const int row : rows) values.push_back(column.value(row));
    }
    // The costs of a cell get rows too, for comparison.
    for (const Column* column : table_.Columns(spec_.dataset(), Column::COST)) {
      if (column->key().metric() == "parameters") parameters_ = names_.size();
      if (column->key().metric() == "multiply_adds") {
        multiply_adds_ = names_.size();
      }
      names_.emplace_back().set_score(column->key().metric());
      agreements_.push_back(std::nullopt);
      std::vector<double>& values = values_.emplace_back();
      for (const int position : positions_) {
        values.push_back(column->mean(position));
      }
    }
    return absl::OkStatus();
  }

  using Ranks = std::vector<std::vector<int64_t>>;

  static Ranks RanksOf(const std::vector<std::vector<double>>& columns,
                       const std::vector<int>& cells) {
    Ranks ranks;
    std::vector<double> values(cells.size());
    for (const std::vector<double>& column : columns) {
      for (size_t i = 0; i < cells.size(); ++i) values[i] = column[cells[i]];
      ranks.push_back(DoubledRanks(values));
    }
    return ranks;
  }

  // Holds the coefficients of a score with a metric on some cells, NaN where
  // one is undefined.
  struct Coefficient {
    double spearman, kendall, partial;
  };

  void ForPairs(const std::vector<int>& cells,
                const std::function<void(int, const Coefficient&)>& add) const {
    const Ranks x = RanksOf(values_, cells), y = RanksOf(accuracies_, cells);
    const auto rho = [](const std::vector<int64_t>& a,
                        const std::vector<int64_t>& b) {
      return SpearmanOfRanks(a, b).value_or(kNaN);
    };
    // These costs are held fixed in partial coefficients.
    const std::vector<int64_t>* fixed[2] = {
        parameters_ ? &x[*parameters_] : nullptr,
        multiply_adds_ ? &x[*multiply_adds_] : nullptr};
    const bool partial = fixed[0] != nullptr && fixed[1] != nullptr;
    const double between = partial ? rho(*fixed[0], *fixed[1]) : kNaN;
    for (size_t s = 0; s < x.size(); ++s) {
      const bool of_kernel = names_[s].has_kernel();
      const std::array<double, 2> score = {
          partial && of_kernel ? rho(x[s], *fixed[0]) : kNaN,
          partial && of_kernel ? rho(x[s], *fixed[1]) : kNaN};
      for (size_t m = 0; m < y.size(); ++m) {
        Coefficient found = {rho(x[s], y[m]),
                             KendallTauBOfRanks(x[s], y[m]).value_or(kNaN),
                             kNaN};
        if (partial && of_kernel) {
          found.partial =
              PartialCorrelationGivenTwo(
                  found.spearman, score,
                  {rho(y[m], *fixed[0]), rho(y[m], *fixed[1])}, between)
                  .value_or(kNaN);
        }
        add(Pair(s, m), found);
      }
    }
  }

  void Correlate() {
    const size_t pairs = names_.size() * metrics_.size();
    Coefficients* const all[] = {&spearman_, &kendall_, &partial_};
    for (Coefficients* coefficients : all) {
      coefficients->value.resize(pairs);
      coefficients->resampled.resize(pairs);
    }
    const int n = positions_.size();
    std::vector<int> cells(n);
    for (int i = 0; i < n; ++i) cells[i] = i;
    ForPairs(cells, [&](int pair, const Coefficient& found) {
      spearman_.value[pair] = found.spearman;
      kendall_.value[pair] = found.kendall;
      partial_.value[pair] = found.partial;
    });
    for (uint32_t r = 0; r < spec_.resamples(); ++r) {
      PhiloxStream random(spec_.bootstrap_seed(), Purpose::kBootstrap,
                          /*epoch=*/0, /*step=*/r);
      for (int& cell : cells) cell = random.Below(n);
      ForPairs(cells, [&](int pair, const Coefficient& found) {
        spearman_.resampled[pair].push_back(found.spearman);
        kendall_.resampled[pair].push_back(found.kendall);
        partial_.resampled[pair].push_back(found.partial);
      });
    }
  }

  void AddCorrelation(size_t score, size_t metric, NtkCorrelation& out) const {
    out.set_metric(spec_.metrics(metric));
    const int pair = Pair(score, metric);
    if (std::isnan(spearman_.value[pair])) return;
    out.set_spearman(spearman_.value[pair]);
    out.set_kendall(kendall_.value[pair]);
    if (const auto found = PercentileInterval(spearman_.resampled[pair])) {
      out.set_spearman_low(found->low);
      out.set_spearman_high(found->high);
    }
    if (const auto found = PercentileInterval(kendall_.resampled[pair])) {
      out.set_kendall_low(found->low);
      out.set_kendall_high(found->high);
    }
    if (std::isnan(partial_.value[pair])) return;
    out.set_partial(partial_.value[pair]);
    if (const auto found = PercentileInterval(partial_.resampled[pair])) {
      out.set_partial_low(found->low);
      out.set_partial_high(found->high);
    }
  }

  // Returns a weighted sum of Spearman's coefficients of one score, with the
  // sign that the theory expects.
  Bootstrapped EffectOf(
      size_t score, const std::vector<std::pair<int, double>>& terms) const {
    const int sign = PredictedSign(names_[score].score());
    Bootstrapped effect;
    effect.resampled.resize(spec_.resamples(), 0.0);
    for (const auto& [pair, weight] : terms) {
      effect.value += sign * weight * spearman_.value[pair];
      for (size_t r = 0; r < effect.resampled.size(); ++r) {
        effect.resampled[r] += sign * weight * spearman_.resampled[pair][r];
      }
    }
    return effect;
  }

  // Writes value and interval of an effect. Returns false where either is
  // undefined.
  template <typename T>
  static bool SetDifference(const Bootstrapped& effect, T& out) {
    if (std::isnan(effect.value)) return false;
    const auto found = PercentileInterval(effect.resampled);
    if (!found) return false;
    out.set_difference(effect.value);
    out.set_low(found->low);
    out.set_high(found->high);
    return true;
  }

  void AddContrasts(size_t s, NtkSettingStudy& study) {
    const NtkScoreName& name = names_[s];
    if (!name.has_kernel() || !name.has_epsilon()) return;
    std::optional<size_t> clean, smaller;
    for (size_t t = 0; t < names_.size(); ++t) {
      const NtkScoreName& other = names_[t];
      if (!other.has_kernel() || other.score() != name.score()) continue;
      if (other.kind() == KernelScore::CLEAN) clean = t;
      if (other.kind() == name.kind() && other.mix() == name.mix() &&
          other.epsilon() < name.epsilon() &&
          (!smaller || other.epsilon() < names_[*smaller].epsilon())) {
        smaller = t;
      }
    }
    for (const std::optional<size_t> against : {clean, smaller}) {
      if (!against) continue;
      for (size_t m = 0; m < metrics_.size(); ++m) {
        Bootstrapped effect =
            EffectOf(s, {{Pair(s, m), 1}, {Pair(*against, m), -1}});
        NtkContrast contrast;
        if (!SetDifference(effect, contrast)) continue;
        NtkContrast& added = *study.add_contrasts();
        added = contrast;
        added.set_score(name.score());
        added.set_kernel(name.kernel());
        added.set_against(names_[*against].kernel());
        added.set_metric(spec_.metrics(m));
        if (against == clean && name.kind() == KernelScore::ROBUST &&
            Family(*metrics_[m]) ==
                std::make_pair(absl::string_view("pgd"), name.epsilon())) {
          comparisons_.push_back(std::move(effect));
          joint_intervals_.push_back(added.mutable_joint());
        }
      }
    }
    if (clean && smaller) AddGrowths(s, *clean, *smaller, study);
  }

  // Returns the attack of a column and its epsilon, as "fgsm" and 8, or "" for
  // a column without epsilon.
  static std::pair<absl::string_view, double> Family(const Column& column) {
    const Attack& attack = column.attack();
    if (attack.has_fgsm()) return {"fgsm", attack.fgsm().epsilon()};
    if (attack.has_pgd()) return {"pgd", attack.pgd().epsilon()};
    return {"", 0};
  }

  void AddGrowths(size_t s, size_t clean, size_t smaller,
                  NtkSettingStudy& study) {
    for (size_t m = 0; m < metrics_.size(); ++m) {
      const auto [family, epsilon] = Family(*metrics_[m]);
      if (family.empty() || epsilon != names_[s].epsilon()) continue;
      for (size_t k = 0; k < metrics_.size(); ++k) {
        if (Family(*metrics_[k]) !=
            std::make_pair(family, names_[smaller].epsilon())) {
          continue;
        }
        Bootstrapped effect = EffectOf(s, {{Pair(s, m), 1},
                                           {Pair(clean, m), -1},
                                           {Pair(smaller, k), -1},
                                           {Pair(clean, k), 1}});
        NtkGrowth growth;
        if (!SetDifference(effect, growth)) continue;
        NtkGrowth& added = *study.add_growths();
        added = growth;
        added.set_score(names_[s].score());
        added.set_kernel(names_[s].kernel());
        added.set_smaller_kernel(names_[smaller].kernel());
        added.set_metric(spec_.metrics(m));
        added.set_smaller_metric(spec_.metrics(k));
        if (family == "pgd" && names_[s].kind() == KernelScore::ROBUST) {
          comparisons_.push_back(std::move(effect));
          joint_intervals_.push_back(added.mutable_joint());
        }
      }
    }
  }

  void SetJointIntervals(NtkSettingStudy& study) const {
    study.set_comparisons(0);
    if (comparisons_.empty()) return;
    const std::optional<double> errors =
        JointErrors(comparisons_, kLevel / settings_);
    if (!errors) {
      for (NtkContrast& contrast : *study.mutable_contrasts()) {
        contrast.clear_joint();
      }
      for (NtkGrowth& growth : *study.mutable_growths()) growth.clear_joint();
      return;
    }
    study.set_comparisons(comparisons_.size());
    study.set_joint_errors(*errors);
    for (size_t i = 0; i < comparisons_.size(); ++i) {
      const double reach = *errors * BootstrapError(comparisons_[i]);
      const double low = comparisons_[i].value - reach;
      const double high = comparisons_[i].value + reach;
      joint_intervals_[i]->set_low(low);
      joint_intervals_[i]->set_high(high);
      joint_intervals_[i]->set_outcome(
          OutcomeOf(low, high, spec_.least_gain()));
    }
  }

  const BenchmarkTable& table_;
  const NtkStudySpec& spec_;
  const std::string& path_;
  const NtkScores& scores_;
  const int settings_;
  std::vector<int> positions_;  // in the table, of the live cells
  std::vector<CellKey> dead_cells_;
  std::vector<const Column*> metrics_;
  std::vector<std::vector<double>> accuracies_;  // by metric, live cell
  std::vector<NtkScoreName> names_;
  std::vector<std::optional<double>> agreements_;
  std::vector<std::vector<double>> values_;  // by score, live cell
  // Where these costs stand among the names.
  std::optional<size_t> parameters_, multiply_adds_;
  Coefficients spearman_, kendall_, partial_;
  // These comparisons get a joint interval, which is written to the message
  // beside them.
  std::vector<Bootstrapped> comparisons_;
  std::vector<NtkJointInterval*> joint_intervals_;
};

}  // namespace

absl::StatusOr<NtkStudy> ComputeNtkStudy(
    const BenchmarkTable& table, const std::string& spec_path,
    const NtkStudySpec& spec,
    const std::vector<std::pair<std::string, NtkScores>>& scores) {
  if (spec.resamples() < 100 || spec.resamples() > 100000) {
    return FieldError(spec_path, "resamples", "100 to 100000",
                      absl::StrCat(spec.resamples()));
  }
  if (!(spec.least_gain() > 0 && spec.least_gain() < 1)) {
    return FieldError(spec_path, "least_gain", "above 0 and below 1",
                      absl::StrCat(spec.least_gain()));
  }
  if (spec.metrics().empty()) {
    return FieldError(spec_path, "metrics", "some", "none");
  }
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<int> sample,
                            DrawNtkSample(table, spec_path, spec));
  const std::set<uint32_t> sampled(sample.begin(), sample.end());
  NtkStudy study;
  *study.mutable_spec() = spec;
  for (const std::string& metric : spec.metrics()) {
    ROBBENCH_ASSIGN_OR_RETURN(const Column* column,
                              table.Get(spec.dataset(), metric));
    study.add_metric_labels(ShortMetricLabel(*column));
  }
  for (const auto& [path, setting] : scores) {
    if (setting.dataset() != spec.dataset()) {
      return FieldError(path, "dataset", spec.dataset(), setting.dataset());
    }
    for (const uint32_t cell : setting.cells()) {
      if (!sampled.contains(cell)) {
        return FieldError(path, "cells", "cells of the sample",
                          absl::StrCat(cell));
      }
    }
    ROBBENCH_ASSIGN_OR_RETURN(*study.add_settings(),
                              SettingStudy(table, spec, path, setting,
                                           static_cast<int>(scores.size()))
                                  .Make());
  }
  return study;
}

int PredictedSign(const std::string& score) {
  for (const absl::string_view falls :
       {"min_eigenvalue", "max_eigenvalue", "trace", "frobenius_norm",
        "label_alignment"}) {
    if (score == falls) return 1;
  }
  if (score == "condition_number" || score == "label_complexity" ||
      absl::StartsWith(score, "eigenvalue_ratio")) {
    return -1;
  }
  return 0;
}

const NtkCorrelation* FindNtkCorrelation(const NtkSettingStudy& setting,
                                         const std::string& kernel,
                                         const std::string& score,
                                         const std::string& metric) {
  for (const NtkScoreCorrelations& found : setting.scores()) {
    if (found.name().kernel() != kernel || found.name().score() != score) {
      continue;
    }
    for (const NtkCorrelation& correlation : found.correlations()) {
      if (correlation.metric() == metric) return &correlation;
    }
  }
  return nullptr;
}

const NtkContrast* FindNtkContrast(const NtkSettingStudy& setting,
                                   const std::string& kernel,
                                   const std::string& against,
                                   const std::string& score,
                                   const std::string& metric) {
  for (const NtkContrast& found : setting.contrasts()) {
    if (found.kernel() == kernel && found.against() == against &&
        found.score() == score && found.metric() == metric) {
      return &found;
    }
  }
  return nullptr;
}

}  // namespace robbench
