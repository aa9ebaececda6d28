// The table of records that belong together.
#ifndef ANALYSIS_COLLECT_COLLECTED_TABLE_H_
#define ANALYSIS_COLLECT_COLLECTED_TABLE_H_

#include "analysis/collect/collected_records.h"
#include "analysis/table/table.pb.h"
#include "training/dataset_spec.pb.h"

namespace robbench {

// Benchmark, cells, columns, runs and inputs, but for provenance and gaps.
// There must be a training and an evaluation; all must agree as RecordCollector
// checks it. A cell without a value has NaN.
Table MakeCollectedTable(const DatasetSpec& spec,
                         const CollectedRecords& records);

}  // namespace robbench

#endif  // ANALYSIS_COLLECT_COLLECTED_TABLE_H_
