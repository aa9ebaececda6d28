// The inputs of claims: a table and what was computed from it. An input that is
// null or empty is missing, and the claims that need it are then not tested.
#ifndef ANALYSIS_CLAIMS_CLAIM_INPUTS_H_
#define ANALYSIS_CLAIMS_CLAIM_INPUTS_H_

#include <vector>

#include "analysis/search/search.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "analysis/table/benchmark_table.h"
#include "ntk/theory/theory.pb.h"
#include "training/records.pb.h"

namespace robbench {

// Refers to messages that the caller owns.
struct ClaimInputs {
  const BenchmarkTable& table;
  const Statistics& statistics;
  const Search* search = nullptr;
  const NtkStudy* ntk_study = nullptr;
  const PredictorStudy* predictor_study = nullptr;
  const BoundStudyRecord* bound_study = nullptr;
  const Reproductions* reproductions = nullptr;
  // Evaluations by the suite gradient_obfuscation, of networks of one data set.
  // Each has passed CheckObfuscation, and none is of a failed run.
  std::vector<EvaluationRecord> obfuscation;
};

}  // namespace robbench

#endif  // ANALYSIS_CLAIMS_CLAIM_INPUTS_H_
