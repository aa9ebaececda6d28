// The records of one setting of the NTK study in a few bytes a cell: means
// over the seeds, rounded. Small enough to be committed, and all that the
// study's statistics need.
#ifndef ANALYSIS_STUDIES_NTK_NTK_SCORES_H_
#define ANALYSIS_STUDIES_NTK_NTK_SCORES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/studies/ntk/ntk_study.pb.h"

namespace robbench {

// `files` are (path, bytes) of NtkRecords in any order; the result does not
// depend on it. Everything but cell, seed and scores has to be the same in all
// of them, and every cell has to have every seed once. Errors name path, field,
// expected and found: other records, missing and double ones, scores that are
// NaN. Weights from a file are refused: the study is of initialisation.
absl::StatusOr<NtkScores> CollectNtkScores(
    const std::string& setting,
    const std::vector<std::pair<std::string, std::string>>& files);

// Textproto, a list of values a line. ParseTextProto reads it.
std::string PrintNtkScores(const NtkScores& scores);

// What a file of scores may not be: columns of another length than cells, cells
// out of order, dead cells that are none of the cells, NaN.
absl::Status CheckNtkScores(const std::string& path, const NtkScores& scores);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_NTK_NTK_SCORES_H_
