// Makes the table from records that belong together: values by seed, means, and
// what is known of each run.
#ifndef ANALYSIS_COLLECT_COLLECTED_TABLE_H_
#define ANALYSIS_COLLECT_COLLECTED_TABLE_H_

#include "analysis/collect/collected_records.h"
#include "analysis/table/table.pb.h"
#include "training/dataset_spec.pb.h"

namespace robbench {

// Returns a table with benchmark, cells, columns, runs and inputs, without
// provenance and gaps. There must be a training and an evaluation at least, and
// all records must agree as RecordCollector checks it. A value that a cell does
// not have is NaN.
Table MakeCollectedTable(const DatasetSpec& spec,
                         const CollectedRecords& records);

}  // namespace robbench

#endif  // ANALYSIS_COLLECT_COLLECTED_TABLE_H_
