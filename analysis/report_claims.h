// What the paper claims, held against a table: for each claim whether it holds
// here, with the numbers, or why it was not tested.
//
// The rules are fixed and say what would refute a claim. "Rank alike" means a
// Spearman coefficient of at least 0.9 (between data sets: 0.8), and a claim
// about a coefficient is decided only when its 95 % interval lies on one side.
#ifndef ANALYSIS_REPORT_CLAIMS_H_
#define ANALYSIS_REPORT_CLAIMS_H_

#include <string>
#include <vector>

#include "analysis/benchmark_table.h"
#include "analysis/ntk_study.pb.h"
#include "analysis/search.pb.h"
#include "analysis/statistics.pb.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {

struct Claim {
  enum Verdict {
    HOLDS,          // on every data set of the table
    HOLDS_IN_PART,  // on some
    DOES_NOT_HOLD,  // on none
    UNDECIDED,      // the cells are too few or the noise too large
    NOT_TESTED,
  };
  std::string text;
  std::string source;  // "Fig. 4" of the paper
  Verdict verdict = NOT_TESTED;
  std::string evidence;  // the numbers, or why there are none
  std::string figure;    // of the report, by name; may be empty
};

// "holds", "not tested", ...
std::string VerdictName(Claim::Verdict verdict);

// In the paper's order; always the same claims. `search`, `bound_study` (of
// ntk/theory) and `ntk_study` may be null.
std::vector<Claim> Claims(const BenchmarkTable& table,
                          const Statistics& statistics,
                          const Search* search = nullptr,
                          const BoundStudyRecord* bound_study = nullptr,
                          const NtkStudy* ntk_study = nullptr);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_CLAIMS_H_
