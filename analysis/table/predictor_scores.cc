#include "analysis/table/predictor_scores.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/table/predictor_name.h"
#include "nas/base/field_error.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"

namespace robbench {

std::string PredictorText(const std::string& score, const std::string& images) {
  return images.empty() ? score : absl::StrCat(score, " of ", images);
}

absl::Status CheckScoredCells(
    const std::string& path,
    const google::protobuf::RepeatedField<uint32_t>& cells,
    const google::protobuf::RepeatedField<uint32_t>& dead_cells,
    const google::protobuf::RepeatedField<uint32_t>& seeds) {
  for (const auto& [field, values] :
       {std::pair("cells", &cells), std::pair("dead_cells", &dead_cells),
        std::pair("seeds", &seeds)}) {
    if (std::adjacent_find(values->begin(), values->end(),
                           std::greater_equal<uint32_t>()) != values->end()) {
      return FieldError(path, field, "ascending", "out of order");
    }
  }
  if (!std::includes(cells.begin(), cells.end(), dead_cells.begin(),
                     dead_cells.end())) {
    return FieldError(path, "dead_cells", "some of the cells", "others");
  }
  return absl::OkStatus();
}

absl::Status CheckPredictorScores(const std::string& path,
                                  const PredictorScores& scores) {
  ROBBENCH_RETURN_IF_ERROR(CheckSchema(path, scores.provenance()));
  ROBBENCH_RETURN_IF_ERROR(CheckScoredCells(
      path, scores.cells(), scores.dead_cells(), scores.seeds()));
  std::set<std::string> seen;
  for (const PredictorColumn& column : scores.columns()) {
    const std::string text = PredictorText(column.score(), column.images());
    const std::string field = absl::StrCat("columns[", text, "]");
    if (!IsScoreName(column.score())) {
      return FieldError(path, field,
                        "a name of analysis/table/predictor_name.h",
                        column.score());
    }
    if (IsTraining(column.score()) &&
        std::none_of(scores.trainings().begin(), scores.trainings().end(),
                     [&](const ShortTraining& training) {
                       return training.name() == column.score();
                     })) {
      return FieldError(path, field, "a training of that name", "none");
    }
    if (column.has_multiply_adds()) {
      const std::string cost = field + ".multiply_adds";
      const double found = column.multiply_adds();
      if (!IsTraining(column.score())) {
        return FieldError(path, cost, "none but of a short training", found);
      }
      if (!(found > 0 && std::isfinite(found))) {
        return FieldError(path, cost, "above 0", found);
      }
    }
    if (!seen.insert(text).second) {
      return FieldError(path, field, "one column", "another");
    }
    if (column.value_size() != scores.cells_size()) {
      return FieldError(path, field,
                        absl::StrCat(scores.cells_size(), " values"),
                        absl::StrCat(column.value_size()));
    }
    for (const double value : column.value()) {
      if (std::isinf(value) || (std::isnan(value) && IsCount(column.score()))) {
        return FieldError(path, field, "finite values", absl::StrCat(value));
      }
    }
  }
  std::set<std::string> trainings;
  for (const ShortTraining& training : scores.trainings()) {
    const std::string field = absl::StrCat("trainings[", training.name(), "]");
    if (!IsTraining(training.name())) {
      return FieldError(path, field, "a name of a short training",
                        training.name());
    }
    if (!trainings.insert(training.name()).second) {
      return FieldError(path, field, "one training", "another");
    }
    if (std::none_of(scores.columns().begin(), scores.columns().end(),
                     [&](const PredictorColumn& column) {
                       return column.score() == training.name();
                     })) {
      return FieldError(path, field, "columns", "none");
    }
  }
  for (const char* count : {"parameters", "multiply_adds"}) {
    if (!seen.contains(count)) {
      return FieldError(path, "columns", count, "none");
    }
  }
  return absl::OkStatus();
}

}  // namespace robbench
