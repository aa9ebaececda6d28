#include "analysis/collect/synthetic_table.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/collect/record_collector.h"
#include "glog/logging.h"
#include "google/protobuf/text_format.h"
#include "training/dataset_spec.pb.h"

namespace robbench {

Table SyntheticTable(const SyntheticOptions& options,
                     const std::vector<RecordFile>& files) {
  DatasetSpec spec;
  CHECK(google::protobuf::TextFormat::ParseFromString(
      SyntheticDatasetSpec(options), &spec));
  RecordCollector collector(spec, /*spec_bytes=*/"", {});
  for (const RecordFile& file : files) {
    const absl::Status added = collector.Add(file.path, file.bytes);
    CHECK(added.ok()) << added;
  }
  absl::StatusOr<Table> table = collector.Finish();
  CHECK(table.ok()) << table.status();
  return *std::move(table);
}

Table SyntheticTable(const SyntheticOptions& options) {
  return SyntheticTable(options, SyntheticRecords(options));
}

}  // namespace robbench
