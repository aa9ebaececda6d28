#include "analysis/collect/record_shard.h"

#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nas/base/digest.h"
#include "nas/base/field_error.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

constexpr int kMaxRecordBytes = 64 << 20;
constexpr char kProducer[] = "analysis:collect";
constexpr char kSpecRole[] = "dataset_spec";

template <typename T>
absl::Status Parse(const std::string& path, absl::string_view bytes,
                   T* record) {
  ROBBENCH_RETURN_IF_ERROR(ParseRecord(path, bytes, record));
  return CheckSchema(path, record->provenance());
}

}  // namespace

absl::StatusOr<CollectedRecord> ReadCollectedRecord(const std::string& path,
                                                    absl::string_view bytes) {
  if (bytes.size() > kMaxRecordBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path, ": expected at most ", kMaxRecordBytes,
                     " bytes, found ", bytes.size()));
  }
  CollectedRecord record;
  if (absl::EndsWith(path, ".train.binpb")) {
    TrainRecord& training = *record.mutable_training();
    ROBBENCH_RETURN_IF_ERROR(Parse(path, bytes, &training));
    for (const EpochRecord& epoch : training.epochs()) {
      record.add_losses(epoch.loss());
    }
    const int epochs = training.epochs_size();
    if (epochs > 1) training.mutable_epochs()->DeleteSubrange(0, epochs - 1);
  } else if (absl::EndsWith(path, ".eval.binpb")) {
    ROBBENCH_RETURN_IF_ERROR(Parse(path, bytes, record.mutable_evaluation()));
  } else if (absl::EndsWith(path, ".ntk.binpb")) {
    ROBBENCH_RETURN_IF_ERROR(Parse(path, bytes, record.mutable_ntk()));
  } else {
    return FieldError(path, "name",
                      "an end of .train.binpb, .eval.binpb or .ntk.binpb",
                      path.substr(path.rfind('/') + 1));
  }
  record.set_path(path);
  record.set_sha256(Sha256(bytes));
  return record;
}

RecordShard MakeRecordShard(absl::string_view spec_bytes,
                            const std::vector<CollectedRecord>& records) {
  RecordShard shard;
  *shard.mutable_provenance() = MakeProvenance(
      kProducer, /*numeric_profile=*/"", {{kSpecRole, spec_bytes}});
  shard.set_record_count(records.size());
  for (const CollectedRecord& record : records) *shard.add_records() = record;
  return shard;
}

absl::Status AppendRecordShard(const std::string& path, absl::string_view bytes,
                               absl::string_view spec_bytes,
                               std::vector<CollectedRecord>& records) {
  RecordShard shard;
  ROBBENCH_RETURN_IF_ERROR(Parse(path, bytes, &shard));
  const std::string spec = InputOfRole(shard.provenance(), kSpecRole);
  if (const std::string expected = Sha256(spec_bytes); spec != expected) {
    return FieldError(path, "provenance.inputs[dataset_spec].sha256", expected,
                      spec.empty() ? "none" : spec);
  }
  if (shard.records_size() != static_cast<int64_t>(shard.record_count())) {
    return FieldError(path, "records", absl::StrCat(shard.record_count()),
                      absl::StrCat(shard.records_size()));
  }
  for (int i = 0; i < shard.records_size(); ++i) {
    CollectedRecord& record = *shard.mutable_records(i);
    if (record.record_case() == CollectedRecord::RECORD_NOT_SET) {
      return FieldError(path, absl::StrCat("records[", i, "]"),
                        "training, evaluation or ntk", "none");
    }
    records.push_back(std::move(record));
  }
  return absl::OkStatus();
}

}  // namespace robbench
