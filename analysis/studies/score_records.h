// What the NTK study and the predictor study share: both read a record for
// each cell and seed, check that the records belong together, and condense them
// to means over the seeds in one small textproto. A Record has provenance,
// dataset, spec, cell, seed and flags; a Scores message has provenance,
// dataset, spec, seeds, cells, dead_cells and columns.
#ifndef ANALYSIS_STUDIES_SCORE_RECORDS_H_
#define ANALYSIS_STUDIES_SCORE_RECORDS_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/message_differencer.h"
#include "nas/base/digest.h"
#include "nas/base/field_error.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"

namespace robbench {

// The path and the bytes of each record.
using RecordFiles = std::vector<std::pair<std::string, std::string>>;

// The records of a study. They are sorted, so that sums over them do not depend
// on the order of the files.
template <typename Record>
struct ScoreRecords {
  // By the cell's official index, then by seed. Every cell has every seed.
  std::map<uint32_t, std::map<uint32_t, Record>> by_cell;
  std::set<uint32_t> seeds;
  std::set<uint32_t> dead_cells;  // those with the flag "dead_cell"
  std::set<std::string> digests;  // SHA-256 of the files

  const Record& first() const {
    return by_cell.begin()->second.begin()->second;
  }
};

// Compares fields of two records, for errors that name both files.
class RecordComparison {
 public:
  RecordComparison(const std::string& first_path, const std::string& path)
      : first_path_(first_path), path_(path) {}

  // Returns InvalidArgument: `field` was `expected` in the first record.
  absl::Status Refuse(const std::string& field, const std::string& expected,
                      const std::string& found) const {
    return FieldError(path_, field,
                      absl::StrCat(expected, " (as in ", first_path_, ")"),
                      found);
  }

  // Returns InvalidArgument where two messages differ.
  absl::Status Equal(const std::string& field,
                     const google::protobuf::Message& first,
                     const google::protobuf::Message& found) const {
    if (google::protobuf::util::MessageDifferencer::Equals(first, found)) {
      return absl::OkStatus();
    }
    return Refuse(field, first.ShortDebugString(), found.ShortDebugString());
  }

 private:
  const std::string& first_path_;
  const std::string& path_;
};

// Reads records in any order. Data set, spec and provenance must be the same in
// all of them, and every cell must have every seed once; errors name path,
// field, expected and found. `check` sees each record beside the first, and
// returns what else is wrong with it.
template <typename Record>
absl::StatusOr<ScoreRecords<Record>> ReadScoreRecords(
    const RecordFiles& files,
    const std::function<absl::Status(
        const RecordComparison& comparison, const std::string& path,
        const Record& first, const Record& record)>& check) {
  if (files.empty()) {
    return absl::InvalidArgumentError("records: expected some, found none");
  }
  ScoreRecords<Record> records;
  Record first;
  for (const auto& [path, bytes] : files) {
    Record record;
    ROBBENCH_RETURN_IF_ERROR(ParseRecord(path, bytes, &record));
    ROBBENCH_RETURN_IF_ERROR(CheckSchema(path, record.provenance()));
    if (records.digests.empty()) first = record;
    const RecordComparison comparison(files[0].first, path);
    if (record.dataset() != first.dataset()) {
      return comparison.Refuse("dataset", first.dataset(), record.dataset());
    }
    ROBBENCH_RETURN_IF_ERROR(
        comparison.Equal("spec", first.spec(), record.spec()));
    ROBBENCH_RETURN_IF_ERROR(comparison.Equal("provenance", first.provenance(),
                                              record.provenance()));
    ROBBENCH_RETURN_IF_ERROR(check(comparison, path, first, record));
    const uint32_t cell = record.cell().index(), seed = record.seed();
    if (std::find(record.flags().begin(), record.flags().end(), "dead_cell") !=
        record.flags().end()) {
      records.dead_cells.insert(cell);
    }
    if (!records.by_cell[cell].emplace(seed, std::move(record)).second) {
      return FieldError(
          path, "cell and seed", "one record of each",
          absl::StrCat("another of cell ", cell, ", seed ", seed));
    }
    records.seeds.insert(seed);
    records.digests.insert(Sha256(bytes));
  }
  for (const auto& [cell, by_seed] : records.by_cell) {
    if (by_seed.size() == records.seeds.size()) continue;
    std::vector<uint32_t> found;
    for (const auto& [seed, record] : by_seed) found.push_back(seed);
    return FieldError("records", absl::StrCat("seeds of cell ", cell),
                      absl::StrJoin(records.seeds, ", "),
                      absl::StrJoin(found, ", "));
  }
  return records;
}

// Adds the digest of an input; inputs stay sorted by role.
void AddInput(const std::string& role, const std::string& sha256,
              Provenance& provenance);

// Returns the provenance of scores: the records as one digest, and the inputs
// of the records, sorted by role.
Provenance ScoresProvenance(const std::string& producer,
                            const Provenance& of_record,
                            const std::set<std::string>& digests);

// Returns scores without columns: where they come from and of what they are.
template <typename Scores, typename Record>
Scores ScoresWithoutColumns(const std::string& producer,
                            const ScoreRecords<Record>& records) {
  Scores scores;
  *scores.mutable_provenance() =
      ScoresProvenance(producer, records.first().provenance(), records.digests);
  scores.set_dataset(records.first().dataset());
  *scores.mutable_spec() = records.first().spec();
  for (const uint32_t seed : records.seeds) scores.add_seeds(seed);
  for (const auto& [cell, by_seed] : records.by_cell) scores.add_cells(cell);
  for (const uint32_t cell : records.dead_cells) scores.add_dead_cells(cell);
  return scores;
}

// Returns Spearman's coefficient between two seeds, averaged over all pairs of
// seeds that have one. `by_seed` has a vector for each seed, with a value for
// each cell; a cell without a number by one of two seeds is left out of their
// coefficient.
std::optional<double> AgreementOfSeeds(
    const std::vector<std::vector<double>>& by_seed);

// Returns scores as textproto with each list of values in one line.
// ParseTextProto (nas/base/text_proto.h) reads it.
std::string PrintScores(const google::protobuf::Message& scores);

// The work of a program that condenses records: reads the records that the file
// `list_path` names, one a line, and writes what `condense` makes of them.
absl::Status CondenseRecords(
    const std::string& list_path, const std::string& out_path,
    const std::function<absl::StatusOr<std::string>(const RecordFiles& files)>&
        condense);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_SCORE_RECORDS_H_
