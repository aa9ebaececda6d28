// For tests of RecordCollector: the records of three cells with two seeds.
#ifndef ANALYSIS_COLLECT_RECORD_COLLECTOR_FIXTURE_H_
#define ANALYSIS_COLLECT_RECORD_COLLECTOR_FIXTURE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/collect/record_collector.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/table/table.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nas/base/status_macros.h"
#include "training/dataset_spec.pb.h"

namespace robbench {

inline SyntheticOptions ThreeCells() {
  SyntheticOptions options;
  options.codes = {"333333", "323133", "030000"};
  options.seeds = {0, 2};
  return options;
}

inline RecordCollector Collector(RecordCollector::Options options = {}) {
  const std::string text = SyntheticDatasetSpec(ThreeCells());
  DatasetSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec));
  return RecordCollector(spec, text, options);
}

inline absl::StatusOr<Table> Collect(const std::vector<RecordFile>& files,
                                     RecordCollector::Options options = {}) {
  RecordCollector collector = Collector(options);
  for (const RecordFile& file : files) {
    ROBBENCH_RETURN_IF_ERROR(collector.Add(file.path, file.bytes));
  }
  return collector.Finish();
}

}  // namespace robbench

#endif  // ANALYSIS_COLLECT_RECORD_COLLECTOR_FIXTURE_H_
