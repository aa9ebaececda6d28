// Records as training, evaluation and NTK scores would leave them, without
// any of them: accuracies follow a simple rule of the cell's operations plus
// noise from (cell, seed). For tests of this folder only.
#ifndef ANALYSIS_SYNTHETIC_RECORDS_H_
#define ANALYSIS_SYNTHETIC_RECORDS_H_

#include <string>
#include <vector>

#include "ntk/ntk.pb.h"
#include "training/records.pb.h"

namespace robbench {

struct SyntheticOptions {
  std::vector<std::string> codes;
  std::vector<uint32_t> seeds = {0, 1};
  std::string dataset = "fashion_mnist";
  std::string suite = "mini";
  std::string numeric_profile = "portable";
};

// Twenty cells, from no live path to all 3x3 convolutions.
SyntheticOptions TwentyCells();

// The dataset spec that belongs to them, as textproto.
std::string SyntheticDatasetSpec(const SyntheticOptions& options);

// The statistics spec and the figure style of the tests.
std::string SyntheticStatisticsSpec();

TrainRecord SyntheticTraining(const SyntheticOptions& options,
                              const std::string& code, uint32_t seed);
EvaluationRecord SyntheticEvaluation(const SyntheticOptions& options,
                                     const std::string& code, uint32_t seed);
NtkRecord SyntheticNtk(const SyntheticOptions& options, const std::string& code,
                       uint32_t seed);

struct RecordFile {
  std::string path;
  std::string bytes;
};

// All of them, with names such as "cell_333333_seed_0.train.binpb".
std::vector<RecordFile> SyntheticRecords(const SyntheticOptions& options);

}  // namespace robbench

#endif  // ANALYSIS_SYNTHETIC_RECORDS_H_
