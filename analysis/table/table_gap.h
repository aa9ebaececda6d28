// Says in words which record a table lacks, for the report and the manifest.
#ifndef ANALYSIS_TABLE_TABLE_GAP_H_
#define ANALYSIS_TABLE_TABLE_GAP_H_

#include <string>

#include "analysis/table/table.pb.h"

namespace robbench {

// Returns "Missing: cell 2581 (323133), seed 0, cifar10, training: epoch 1,
// ...", the last part being Gap.reason.
std::string GapSentence(const Gap& gap);

}  // namespace robbench

#endif  // ANALYSIS_TABLE_TABLE_GAP_H_
