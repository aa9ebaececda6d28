#include "analysis/studies/predictor/predictor_spec.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include "absl/strings/str_cat.h"
#include "analysis/table/predictor_name.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

absl::Status CheckRange(const std::string& path, const char* field,
                        int64_t least, int64_t most, int64_t value) {
  if (value >= least && value <= most) return absl::OkStatus();
  return FieldError(path, field, absl::StrCat(least, " to ", most),
                    absl::StrCat(value));
}

template <typename Values>
absl::Status CheckDistinct(const std::string& path, const char* field,
                           const Values& values) {
  std::set<typename Values::value_type> seen;
  for (const auto& value : values) {
    if (!seen.insert(value).second) {
      return FieldError(path, field, "each once",
                        absl::StrCat(value, " again"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckScore(const std::string& path, const char* field,
                        const std::string& score) {
  if (IsScoreName(score)) return absl::OkStatus();
  return FieldError(path, field, "a name of analysis/table/predictor_name.h",
                    score);
}

}  // namespace

absl::Status CheckPredictorSpec(const std::string& path,
                                const PredictorStudySpec& spec) {
  ROBBENCH_RETURN_IF_ERROR(CheckDistinct(path, "datasets", spec.datasets()));
  ROBBENCH_RETURN_IF_ERROR(CheckDistinct(path, "metrics", spec.metrics()));
  if (spec.datasets().empty()) {
    return FieldError(path, "datasets", "some", "none");
  }
  if (spec.metrics().empty()) {
    return FieldError(path, "metrics", "some", "none");
  }
  if (std::find(spec.metrics().begin(), spec.metrics().end(),
                spec.main_metric()) == spec.metrics().end()) {
    return FieldError(path, "main_metric", "one of the metrics",
                      spec.main_metric());
  }
  ROBBENCH_RETURN_IF_ERROR(CheckDistinct(path, "sizes", spec.sizes()));
  for (const uint32_t size : spec.sizes()) {
    ROBBENCH_RETURN_IF_ERROR(CheckRange(path, "sizes", 1, 100000, size));
  }
  ROBBENCH_RETURN_IF_ERROR(
      CheckRange(path, "resamples", 100, 100000, spec.resamples()));
  if (!(spec.least_gain() > 0 && spec.least_gain() < 1)) {
    return FieldError(path, "least_gain", "above 0 and below 1",
                      absl::StrCat(spec.least_gain()));
  }
  ROBBENCH_RETURN_IF_ERROR(
      CheckRange(path, "noise_draws", 1, 100000, spec.noise_draws()));
  std::set<std::string> names;
  for (const PredictorCombination& combination : spec.combinations()) {
    if (!names.insert(combination.name()).second) {
      return FieldError(path, "combinations.name", "each once",
                        absl::StrCat(combination.name(), " again"));
    }
    if (combination.has_most_passes() && !(combination.most_passes() >= 0)) {
      return FieldError(path, "combinations.most_passes", "0 or more",
                        absl::StrCat(combination.most_passes()));
    }
  }
  if (spec.penalties().empty()) {
    return FieldError(path, "penalties", "some", "none");
  }
  for (const double penalty : spec.penalties()) {
    if (!(penalty > 0 && std::isfinite(penalty))) {
      return FieldError(path, "penalties", "finite ones above 0",
                        absl::StrCat(penalty));
    }
  }
  ROBBENCH_RETURN_IF_ERROR(CheckRange(path, "folds", 2, 1000, spec.folds()));
  ROBBENCH_RETURN_IF_ERROR(
      CheckRange(path, "fold_repeats", 1, 1000, spec.fold_repeats()));
  ROBBENCH_RETURN_IF_ERROR(CheckDistinct(path, "labels", spec.labels()));
  for (const uint32_t labels : spec.labels()) {
    ROBBENCH_RETURN_IF_ERROR(CheckRange(path, "labels", 2, 100000, labels));
  }
  ROBBENCH_RETURN_IF_ERROR(
      CheckRange(path, "label_repeats", 1, 100000, spec.label_repeats()));
  std::set<std::string> measured;
  for (const MeasuredSeconds& seconds : spec.seconds()) {
    ROBBENCH_RETURN_IF_ERROR(CheckScore(path, "seconds", seconds.score()));
    if (!measured.insert(absl::StrCat(seconds.score(), " ", seconds.images()))
             .second) {
      return FieldError(path, "seconds", "each once",
                        absl::StrCat(seconds.score(), " again"));
    }
    if (!(seconds.seconds() >= 0 && std::isfinite(seconds.seconds()))) {
      return FieldError(path, absl::StrCat("seconds[", seconds.score(), "]"),
                        "0 or more", absl::StrCat(seconds.seconds()));
    }
  }
  return absl::OkStatus();
}

}  // namespace robbench
