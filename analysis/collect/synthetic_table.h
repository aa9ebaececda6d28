// For tests: the table that is collected from synthetic records.
#ifndef ANALYSIS_COLLECT_SYNTHETIC_TABLE_H_
#define ANALYSIS_COLLECT_SYNTHETIC_TABLE_H_

#include <vector>

#include "analysis/collect/synthetic_records.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// Returns the table of `files`, which are records of these options (CHECKed).
Table SyntheticTable(const SyntheticOptions& options,
                     const std::vector<RecordFile>& files);

// Returns the table of all records of these options.
Table SyntheticTable(const SyntheticOptions& options);

}  // namespace robbench

#endif  // ANALYSIS_COLLECT_SYNTHETIC_TABLE_H_
