// The records of one data set, sorted by cell, seed and kind. RecordCollector
// (record_collector.h) has checked them, and collected_table.h makes the table
// from them.
#ifndef ANALYSIS_COLLECT_COLLECTED_RECORDS_H_
#define ANALYSIS_COLLECT_COLLECTED_RECORDS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ntk/ntk.pb.h"
#include "training/records.pb.h"

namespace robbench {

using CellSeed = std::pair<uint32_t, uint32_t>;  // official index, seed

// A record of type T and where it comes from.
template <typename T>
struct CollectedEntry {
  std::string path;    // for messages
  std::string sha256;  // of the file
  T record;
  std::vector<double> losses;  // of a training, by epoch
};

// All records of a data set.
struct CollectedRecords {
  using Evaluations = std::map<CellSeed, CollectedEntry<EvaluationRecord>>;

  std::map<CellSeed, CollectedEntry<TrainRecord>> trainings;
  std::map<std::string, Evaluations> evaluations;  // by suite
  std::map<CellSeed, CollectedEntry<NtkRecord>> ntks;
};

// The names of a kernel's scores ("min_eigenvalue", "eigenvalue_ratio_8"), and
// their values in the same order. Eigenvalue ratios come last.
std::vector<std::string> ScoreNames(const NtkSpec& spec);
std::vector<double> ScoreValues(const KernelScore& score);

}  // namespace robbench

#endif  // ANALYSIS_COLLECT_COLLECTED_RECORDS_H_
