// Condenses the records of one setting of the NTK study to a few bytes a cell:
// means over the seeds, rounded. The file is small enough to be committed, and
// it is all that the study's statistics need.
#ifndef ANALYSIS_STUDIES_NTK_NTK_SCORES_H_
#define ANALYSIS_STUDIES_NTK_NTK_SCORES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/studies/ntk/ntk_study.pb.h"

namespace robbench {

// Returns the scores of one setting. `files` are (path, bytes) of NtkRecords in
// any order, on which the result does not depend. Everything but cell, seed and
// scores must be the same in all of them, and every cell must have every seed
// once. Errors name path, field, expected and found, for records that differ,
// are missing or come twice, and for scores that are NaN. Records of weights
// from a file are refused, as the study is of initialisation.
absl::StatusOr<NtkScores> CollectNtkScores(
    const std::string& setting,
    const std::vector<std::pair<std::string, std::string>>& files);

// Returns the message as textproto with each list of values in one line.
// ParseTextProto (nas/base/text_proto.h) reads it.
std::string PrintNtkScores(const NtkScores& scores);

// Returns InvalidArgument, naming `path` and the field, for columns of another
// length than the list of cells, cells out of order, dead cells that are not
// among the cells, and NaN.
absl::Status CheckNtkScores(const std::string& path, const NtkScores& scores);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_NTK_NTK_SCORES_H_
