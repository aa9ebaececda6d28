// What claims are held against: a table and what was computed of it. What may
// be null or empty was not had; the claims that need it are then not tested.
#ifndef ANALYSIS_CLAIMS_CLAIM_INPUTS_H_
#define ANALYSIS_CLAIMS_CLAIM_INPUTS_H_

#include <vector>

#include "analysis/search/search.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "analysis/table/benchmark_table.h"
#include "ntk/theory/theory.pb.h"
#include "training/records.pb.h"

namespace robbench {

struct ClaimInputs {
  const BenchmarkTable& table;
  const Statistics& statistics;
  const Search* search = nullptr;
  const NtkStudy* ntk_study = nullptr;
  const BoundStudyRecord* bound_study = nullptr;
  const Reproductions* reproductions = nullptr;
  // By the suite gradient_obfuscation, of networks of one data set, each after
  // CheckObfuscation, none of a failed run.
  std::vector<EvaluationRecord> obfuscation;
};

}  // namespace robbench

#endif  // ANALYSIS_CLAIMS_CLAIM_INPUTS_H_
