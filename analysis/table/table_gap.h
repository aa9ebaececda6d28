// A gap of a table in words, for the report and the manifest.
#ifndef ANALYSIS_TABLE_TABLE_GAP_H_
#define ANALYSIS_TABLE_TABLE_GAP_H_

#include <string>

#include "analysis/table/table.pb.h"

namespace robbench {

// "Missing: cell 2581 (323133), seed 0, cifar10, training: epoch 1, ...".
std::string GapSentence(const Gap& gap);

}  // namespace robbench

#endif  // ANALYSIS_TABLE_TABLE_GAP_H_
