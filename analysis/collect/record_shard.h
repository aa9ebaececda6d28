// Records on their way into a table, in shards: one file in place of those of
// some cells, so that a table of 58,194 runs reads a few hundred files, and a
// record that changes is read again with its shard only.
//
//   records.push_back(ReadCollectedRecord(path, bytes));   // in one action
//   WriteFile(shard_path, SerializeRecord(MakeRecordShard(spec, records)));
//
//   AppendRecordShard(shard_path, spec, records);          // in another
//
// What records must agree on is RecordCollector's business.
#ifndef ANALYSIS_COLLECT_RECORD_SHARD_H_
#define ANALYSIS_COLLECT_RECORD_SHARD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/collect/record_shard.pb.h"

namespace robbench {

// A record without what no table needs: of a training's epochs but the last one
// only the loss. The end of `path` says which kind it is: .train.binpb,
// .eval.binpb or .ntk.binpb. Errors name `path`: another end, more than 64 MiB,
// what does not parse, another schema version.
absl::StatusOr<CollectedRecord> ReadCollectedRecord(const std::string& path,
                                                    absl::string_view bytes);

// `spec_bytes` is the dataset spec that the records were checked against.
RecordShard MakeRecordShard(absl::string_view spec_bytes,
                            const std::vector<CollectedRecord>& records);

// The records of a shard, behind those that are there. Errors name `path`:
// what does not parse, another schema version, another dataset spec, not as
// many records as it says, an entry without a record.
absl::Status AppendRecordShard(const std::string& path, absl::string_view bytes,
                               absl::string_view spec_bytes,
                               std::vector<CollectedRecord>& records);

}  // namespace robbench

#endif  // ANALYSIS_COLLECT_RECORD_SHARD_H_
