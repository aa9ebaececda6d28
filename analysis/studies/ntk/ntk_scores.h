// Condenses the records of one setting of the NTK study to a few bytes a cell:
// means over the seeds, rounded. The file is small enough to be committed, and
// it is all that the study's statistics need.
#ifndef ANALYSIS_STUDIES_NTK_NTK_SCORES_H_
#define ANALYSIS_STUDIES_NTK_NTK_SCORES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/studies/score_records.h"

namespace robbench {

// Condenses the NtkRecords of one setting. Everything but cell, seed and values
// must be the same in all of them; ReadScoreRecords names the other errors.
// InvalidArgument too for scores that are NaN, and for records of weights from
// a file, as the study is of initialisation.
absl::StatusOr<NtkScores> CollectNtkScores(const std::string& setting,
                                           const RecordFiles& files);

// Returns InvalidArgument, naming `path` and the field, for columns of another
// length than the list of cells, cells out of order, dead cells that are not
// among the cells, and NaN.
absl::Status CheckNtkScores(const std::string& path, const NtkScores& scores);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_NTK_NTK_SCORES_H_
