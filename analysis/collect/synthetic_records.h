// Makes records as training, evaluation and NTK scores would leave them,
// without running any of them. Accuracies follow a simple rule of the cell's
// operations plus noise from (cell, seed). They are for tests only.
#ifndef ANALYSIS_COLLECT_SYNTHETIC_RECORDS_H_
#define ANALYSIS_COLLECT_SYNTHETIC_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "ntk/ntk.pb.h"
#include "training/attack_suite.pb.h"
#include "training/recipe.pb.h"
#include "training/records.pb.h"

namespace robbench {

// A spec that the records claim to be made by, and its text, for its digest.
template <typename T>
struct SyntheticSpec {
  std::string text;
  T message;
};
SyntheticSpec<Recipe> SyntheticRecipe();
SyntheticSpec<AttackSuite> SyntheticSuite();
SyntheticSpec<NtkSpec> SyntheticNtkSpec();

// What the records are of. The defaults are like the mini benchmark.
struct SyntheticOptions {
  std::vector<std::string> codes;
  std::vector<uint32_t> seeds = {0, 1};
  std::string dataset = "fashion_mnist";
  std::string numeric_profile = "portable";
  uint32_t train_images = 4000;
  uint32_t test_images = 1000;
  SyntheticSpec<Recipe> recipe = SyntheticRecipe();
  SyntheticSpec<AttackSuite> suite = SyntheticSuite();
  // A suite that is run for the first seed only; none where it has no attacks.
  SyntheticSpec<AttackSuite> first_seed_suite;
  SyntheticSpec<NtkSpec> ntk = SyntheticNtkSpec();
};

// Twenty cells, from no live path to all 3x3 convolutions.
SyntheticOptions TwentyCells();

// The dataset spec that belongs to them, as textproto.
std::string SyntheticDatasetSpec(const SyntheticOptions& options);

// The statistics spec and the figure style of the tests.
std::string SyntheticStatisticsSpec();

// One record of a cell and seed. The second evaluation is by another suite of
// the same networks.
TrainRecord SyntheticTraining(const SyntheticOptions& options,
                              const std::string& code, uint32_t seed);
EvaluationRecord SyntheticEvaluation(const SyntheticOptions& options,
                                     const std::string& code, uint32_t seed);
EvaluationRecord SyntheticEvaluation(const SyntheticOptions& options,
                                     const SyntheticSpec<AttackSuite>& suite,
                                     const std::string& code, uint32_t seed);
NtkRecord SyntheticNtk(const SyntheticOptions& options, const std::string& code,
                       uint32_t seed);

// A record as a file.
struct RecordFile {
  std::string path;
  std::string bytes;
};

// All records of one cell, with names such as "cell_NAME_seed_0.train.binpb" or
// "cell_NAME_seed_0.more.eval.binpb" (of the suite "more"), and those of all
// cells, named by their codes.
std::vector<RecordFile> SyntheticRecordsOf(const SyntheticOptions& options,
                                           const std::string& code,
                                           const std::string& name);
std::vector<RecordFile> SyntheticRecords(const SyntheticOptions& options);

}  // namespace robbench

#endif  // ANALYSIS_COLLECT_SYNTHETIC_RECORDS_H_
