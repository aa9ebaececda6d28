// Packs records on their way into a table into shards. A shard is one file in
// place of those of some cells. So a table of 58,194 runs reads a few hundred
// files, and when a record changes, only its shard is made again.
//
//   records.push_back(ReadCollectedRecord(path, bytes));   // in one action
//   WriteFile(shard_path, SerializeRecord(MakeRecordShard(spec, records)));
//
//   AppendRecordShard(shard_path, spec, records);          // in another
//
// Whether records agree is checked later, by RecordCollector
// (record_collector.h).
#ifndef ANALYSIS_COLLECT_RECORD_SHARD_H_
#define ANALYSIS_COLLECT_RECORD_SHARD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/collect/record_shard.pb.h"

namespace robbench {

// Returns a record without what no table needs: of a training's epochs before
// the last one only the losses are kept. The end of `path` says which kind it
// is: .train.binpb, .eval.binpb or .ntk.binpb. Errors name `path`, for another
// end, more than 64 MiB, bytes that do not parse, and another schema version.
absl::StatusOr<CollectedRecord> ReadCollectedRecord(const std::string& path,
                                                    absl::string_view bytes);

// Returns a shard of the records, in this order; the caller sorts them by path.
// `spec_bytes` are those of the data set's spec, whose digest becomes the
// shard's input.
RecordShard MakeRecordShard(absl::string_view spec_bytes,
                            const std::vector<CollectedRecord>& records);

// Appends the records of a shard to `records`. Errors name `path`, for bytes
// that do not parse, another schema version, another data set's spec, another
// number of records than the shard states, and an entry without a record.
absl::Status AppendRecordShard(const std::string& path, absl::string_view bytes,
                               absl::string_view spec_bytes,
                               std::vector<CollectedRecord>& records);

}  // namespace robbench

#endif  // ANALYSIS_COLLECT_RECORD_SHARD_H_
