// Builds the benchmark table of one data set from the records of training,
// evaluation and NTK scores, in whatever order they come.
//
//   RecordCollector collector(dataset_spec, spec_bytes, {});
//   for (path : paths) collector.Add(path, bytes);
//   ROBBENCH_ASSIGN_OR_RETURN(Table table, collector.Finish());
//
// It checks that everything that must be the same in all records is: schema
// version, numeric profile, data set (name and digest), recipe, attacks and
// images of each metric, NTK spec, and cost of each cell. It also checks that
// the weights evaluated are the weights trained. An error names the record, the
// field, what was expected (and which record said so) and what was found.
#ifndef ANALYSIS_COLLECT_RECORD_COLLECTOR_H_
#define ANALYSIS_COLLECT_RECORD_COLLECTOR_H_

#include <compare>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/collect/collected_records.h"
#include "analysis/collect/record_shard.pb.h"
#include "analysis/table/table.pb.h"
#include "google/protobuf/message.h"
#include "ntk/ntk.pb.h"
#include "training/dataset_spec.pb.h"
#include "training/records.pb.h"

namespace robbench {

// Collects once: Add for every record, then Finish.
class RecordCollector {
 public:
  struct Options {
    // Whether a cell may have fewer seeds than another. Of each (cell, seed)
    // there must be all records in any case.
    bool allow_fewer_seeds = false;
    // Whether the table is made from what is there: records of failed runs and
    // records that are missing become Table.gaps. Otherwise both are errors.
    bool allow_missing = false;
  };

  // `spec_bytes` is the file `spec` was read from, for its digest.
  RecordCollector(DatasetSpec spec, std::string spec_bytes, Options options)
      : spec_(std::move(spec)),
        spec_bytes_(std::move(spec_bytes)),
        options_(options) {}

  // Adds the record in a file's bytes. The end of `path` says which kind it is:
  // .train.binpb, .eval.binpb or .ntk.binpb. After an error the collector
  // cannot be used any more.
  absl::Status Add(const std::string& path, absl::string_view bytes);

  // Does the same with a record that was read before, perhaps into a shard. If
  // records come in the order of their paths, an error does not depend on how
  // they were put into shards.
  absl::Status Add(CollectedRecord record);

  // Returns the table. FailedPrecondition naming the missing (cell, seed,
  // kind), the first ten of them, unless options.allow_missing.
  absl::StatusOr<Table> Finish();

 private:
  // What a record is of: cell and seed, kind, and the suite of an evaluation.
  struct Place {
    CellSeed run;
    RecordSource::Kind kind;
    std::string suite;

    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct AgreedMessage {
    std::string path;  // of the record that had the message first
    std::unique_ptr<google::protobuf::Message> message;
    std::string bytes;
  };
  struct Failure {
    std::string path;
    std::string sha256;
    std::string reason;
  };

  // Adds a record that says that its run failed.
  template <typename T>
  absl::Status AddFailure(const CollectedEntry<T>& entry);
  absl::Status AddTraining(CollectedEntry<TrainRecord> entry);
  absl::Status AddEvaluation(CollectedEntry<EvaluationRecord> entry);
  absl::Status AddNtk(CollectedEntry<NtkRecord> entry);

  // Checks what all records have: provenance, data set, identity of the cell.
  template <typename T>
  absl::Status CheckCommon(const std::string& path, const T& record);

  // Every call with the same `field` must bring the same value.
  absl::Status Agree(const std::string& path, const std::string& field,
                     const std::string& value);
  absl::Status Agree(const std::string& path, const std::string& field,
                     const google::protobuf::Message& value);

  // The records that should be there and are not.
  std::vector<Place> MissingRecords() const;
  absl::Status CheckComplete() const;
  absl::Status CheckWeights() const;
  void AddGaps(Table& table) const;

  DatasetSpec spec_;
  std::string spec_bytes_;
  Options options_;

  CollectedRecords records_;
  std::map<Place, Failure> failures_;
  std::map<std::string, std::pair<std::string, std::string>> agreed_;
  std::map<std::string, AgreedMessage> agreed_messages_;
  std::vector<std::string> digests_;
};

}  // namespace robbench

#endif  // ANALYSIS_COLLECT_RECORD_COLLECTOR_H_
