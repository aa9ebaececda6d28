// Adds what is known of cells before any training, or after a short one, to a
// table of published accuracies: the counts of every cell (nas/cell_counts.h)
// to each data set, and the scores of a file, which is of a sample of cells, to
// the data set whose images were scored.
#ifndef ANALYSIS_PUBLISHED_PREDICTOR_COLUMNS_H_
#define ANALYSIS_PUBLISHED_PREDICTOR_COLUMNS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "analysis/table/predictor_scores.pb.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// Adds columns of kind PREDICTOR behind the other columns of each data set, and
// the file to the provenance. Cells that were not scored, dead ones, and those
// without a finite value of a score have NaN. Parameters and multiply-adds are
// left out, as they are costs. `bytes` are those of the file `path`.
//
// Errors name `path` and the field: those of CheckPredictorScores; a data set
// or cell that the table does not have, so also an index of another enumeration
// of cells; counts that are not those of the cell, as with other indices; a
// table that has predictors already.
absl::Status AddPredictors(const std::string& path, absl::string_view bytes,
                           const PredictorScores& scores, Table& table);

}  // namespace robbench

#endif  // ANALYSIS_PUBLISHED_PREDICTOR_COLUMNS_H_
