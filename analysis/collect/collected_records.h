// The records of one data set by their place: what RecordCollector has checked
// and collected_table.h makes the table of.
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

template <typename T>
struct CollectedEntry {
  std::string path;
  std::string sha256;
  T record;
  std::vector<double> losses;  // of a training, by epoch
};

struct CollectedRecords {
  using Evaluations = std::map<CellSeed, CollectedEntry<EvaluationRecord>>;

  std::map<CellSeed, CollectedEntry<TrainRecord>> trainings;
  std::map<std::string, Evaluations> evaluations;  // by suite
  std::map<CellSeed, CollectedEntry<NtkRecord>> ntks;
};

// A kernel's scores, its eigenvalue ratios behind the others, and their names
// ("min_eigenvalue", "eigenvalue_ratio_8") in the same order.
std::vector<std::string> ScoreNames(const NtkSpec& spec);
std::vector<double> ScoreValues(const KernelScore& score);

}  // namespace robbench

#endif  // ANALYSIS_COLLECT_COLLECTED_RECORDS_H_
