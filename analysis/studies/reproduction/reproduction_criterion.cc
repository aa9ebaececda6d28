#include "analysis/studies/reproduction/reproduction_criterion.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/collect/training_course.h"
#include "analysis/statistics/difference_error.h"
#include "analysis/statistics/distributions.h"
#include "glog/logging.h"

namespace robbench {
namespace {

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / values.size();
}

// Returns the variance with divisor n - 1 of two values or more.
double Variance(const std::vector<double>& values) {
  const double mean = Mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / (values.size() - 1);
}

// Sets the mean of the published rows that hold no failed seed, as far as can
// be told, and which rows those are.
void SetTarget(const ReproductionRule& rule, const ReferenceRow& row,
               const ReferenceAccuracy& accuracy, MetricEvidence& out) {
  const double highest =
      *std::max_element(accuracy.means().begin(), accuracy.means().end());
  double lowest = 0;
  if (accuracy.has_scatter()) {
    lowest = highest - rule.failed_row_errors() *
                           accuracy.scatter().one_seed() *
                           std::sqrt(2.0 / accuracy.seeds());
  }
  std::vector<double> means;
  for (int i = 0; i < accuracy.means_size(); ++i) {
    if (accuracy.means(i) < lowest) {
      out.add_failed_rows(row.rows(i));
      continue;
    }
    out.add_rows(row.rows(i));
    means.push_back(accuracy.means(i));
  }
  out.set_published(Mean(means));
  out.set_their_seeds(means.size() * accuracy.seeds());
  out.set_their_images(accuracy.images());
}

// Sets s^2, its degrees of freedom, and which scatter it is.
void SetScatter(const ReproductionRule& rule, int metrics,
                const ReferenceAccuracy& accuracy,
                const std::vector<double>& values, MetricEvidence& out) {
  const double own_degrees = values.size() - 1.0;
  const double own = own_degrees > 0 ? Variance(values) : 0;
  if (own_degrees > 0) out.set_our_spread(std::sqrt(own));
  double variance = own, degrees = own_degrees;
  out.set_scatter_of(own_degrees > 0 ? MetricEvidence::OWN
                                     : MetricEvidence::NOTHING);
  if (accuracy.has_scatter()) {
    const double of_kind = std::pow(accuracy.scatter().one_seed(), 2);
    const double kind_degrees = accuracy.scatter().degrees_of_freedom();
    const double most =
        own_degrees > 0
            ? FisherQuantile(1 - (1 - rule.own_scatter_confidence()) / metrics,
                             own_degrees, kind_degrees)
            : 0;
    if (own <= most * of_kind) {
      degrees = kind_degrees + own_degrees;
      variance = (kind_degrees * of_kind + own_degrees * own) / degrees;
      out.set_scatter_of(own_degrees > 0 ? MetricEvidence::KIND_AND_OWN
                                         : MetricEvidence::KIND);
    }
  }
  if (out.scatter_of() == MetricEvidence::NOTHING) return;
  out.set_one_seed(std::sqrt(variance));
  out.set_degrees_of_freedom(degrees);
}

MetricEvidence JudgeMetric(const ReproductionRule& rule, int metrics,
                           const ReferenceRow& row,
                           const ReferenceAccuracy& accuracy,
                           const OurAccuracy& ours,
                           const std::set<uint32_t>& failed) {
  std::vector<double> values;
  for (const OurAccuracy::Seed& seed : ours.seeds()) {
    if (failed.count(seed.seed()) == 0) values.push_back(seed.value());
  }
  MetricEvidence out;
  out.set_metric(accuracy.metric());
  out.set_our_images(ours.images());
  out.set_our_seeds(values.size());
  SetTarget(rule, row, accuracy, out);
  SetScatter(rule, metrics, accuracy, values, out);
  out.set_ours(Mean(values));
  out.set_verdict(UNDECIDED);
  if (!out.has_one_seed()) return out;
  const double error =
      DifferenceError({.seed_variance = std::pow(out.one_seed(), 2),
                       .accuracy = out.published(),
                       .our_seeds = static_cast<int>(out.our_seeds()),
                       .our_images = static_cast<int>(out.our_images()),
                       .their_seeds = static_cast<int>(out.their_seeds()),
                       .their_images = static_cast<int>(out.their_images())});
  const double limit = StudentQuantile(
      1 - (1 - rule.confidence()) / (2 * metrics), out.degrees_of_freedom());
  const double difference = out.ours() - out.published();
  out.set_standard_error(error);
  out.set_limit(limit);
  out.set_low(difference - limit * error);
  out.set_high(difference + limit * error);
  if (out.low() > 0 || out.high() < 0) {
    out.set_verdict(DIFFERS);
  } else if (limit * error <= rule.widest()) {
    out.set_verdict(HOLDS);
  }
  return out;
}

// Returns why so many failures are too many, or nullopt if they are not.
std::optional<std::string> Failure(const ReproductionRule& rule,
                                   const ReferenceRow& row,
                                   CellReproduction& out) {
  const int trainings = out.ours().trainings_size();
  const int failed = out.failed_trainings();
  if (failed == 0) return std::nullopt;
  for (const ReferenceAccuracy& accuracy : row.accuracies()) {
    if (accuracy.metric() != rule.required_metrics(0)) continue;
    if (!accuracy.has_scatter()) continue;
    out.set_failure_chance(
        BinomialAtLeast(failed, trainings, accuracy.scatter().failed_share()));
  }
  const std::string count =
      absl::StrCat(failed, " of ", trainings, " trainings failed");
  if (failed == trainings) return count;
  if (out.has_failure_chance() &&
      out.failure_chance() < rule.least_failure_chance()) {
    return absl::StrCat(count, ", which has a chance of ",
                        out.failure_chance());
  }
  return std::nullopt;
}

}  // namespace

ReproductionRule PublishedRule() {
  ReproductionRule rule;
  rule.set_confidence(0.95);
  rule.set_widest(0.02);
  rule.add_required_metrics("clean");
  rule.add_required_metrics("pgd_8");
  rule.set_failed_row_errors(4);
  rule.set_least_failure_chance(0.05);
  rule.set_own_scatter_confidence(0.95);
  return rule;
}

bool Failed(const TrainingOutcome& training) {
  return CourseOf(training).failed();
}

CellReproduction JudgeReproduction(const ReproductionRule& rule,
                                   const ReferenceRow& row,
                                   const OurCell& ours) {
  CellReproduction out;
  *out.mutable_ours() = ours;
  out.set_kind(row.kind());
  std::set<uint32_t> seeds, failed;
  for (const TrainingOutcome& training : ours.trainings()) {
    seeds.insert(training.seed());
    if (Failed(training)) failed.insert(training.seed());
  }
  out.set_failed_trainings(failed.size());
  std::vector<std::pair<const ReferenceAccuracy*, const OurAccuracy*>> pairs;
  for (const ReferenceAccuracy& accuracy : row.accuracies()) {
    for (const OurAccuracy& our : ours.accuracies()) {
      if (our.metric() != accuracy.metric()) continue;
      bool any = false;
      for (const OurAccuracy::Seed& seed : our.seeds()) {
        CHECK(seeds.count(seed.seed()) == 1) << "seed without a training";
        any |= failed.count(seed.seed()) == 0;
      }
      if (any) pairs.emplace_back(&accuracy, &our);
    }
  }
  for (const auto& [accuracy, our] : pairs) {
    *out.add_metrics() =
        JudgeMetric(rule, pairs.size(), row, *accuracy, *our, failed);
  }
  std::vector<std::string> differ, open;
  for (const MetricEvidence& metric : out.metrics()) {
    if (metric.verdict() == DIFFERS) differ.push_back(metric.metric());
  }
  for (const std::string& required : rule.required_metrics()) {
    if (std::none_of(out.metrics().begin(), out.metrics().end(),
                     [&](const MetricEvidence& metric) {
                       return metric.metric() == required &&
                              metric.verdict() == HOLDS;
                     })) {
      open.push_back(required);
    }
  }
  if (const auto failure = Failure(rule, row, out)) {
    out.set_verdict(FAILED);
    out.set_reason(*failure);
  } else if (!differ.empty()) {
    out.set_verdict(DIFFERS);
    out.set_reason("differs in " + absl::StrJoin(differ, ", "));
  } else if (!open.empty()) {
    out.set_verdict(UNDECIDED);
    out.set_reason("too little power in " + absl::StrJoin(open, ", "));
  } else {
    out.set_verdict(HOLDS);
    out.set_reason("no metric differs");
  }
  return out;
}

}  // namespace robbench
