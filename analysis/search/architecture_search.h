// Runs search algorithms on a finished table (Table 2 of the paper), to see
// what a search would have found had it trained the cells that it asks for.
//
// Cells are drawn and changed among all 15,625; a query is for a cell's class,
// and one that was made before is free. A search may go by a predictor, a
// column that is there before anything is trained (PredictorOrder in
// search.proto). Everything random comes from Philox, keyed by seed, repeat and
// the positions of algorithm, criterion and data set, so that a search does not
// depend on the others. Every search runs twice: on the table, as in Table 2,
// and with values held back, to measure by how much it overrates what it finds
// (unseen_values.h).
#ifndef ANALYSIS_SEARCH_ARCHITECTURE_SEARCH_H_
#define ANALYSIS_SEARCH_ARCHITECTURE_SEARCH_H_

#include <string>

#include "absl/status/statusor.h"
#include "analysis/search/search.pb.h"
#include "analysis/table/benchmark_table.h"

namespace robbench {

// Runs all searches of a spec. Returns the results without their provenance,
// which the caller sets. Errors name `spec_path` and the field, or `table_path`
// for a table that cannot be searched.
absl::StatusOr<Search> RunSearches(const std::string& table_path,
                                   const BenchmarkTable& table,
                                   const std::string& spec_path,
                                   const SearchSpec& spec);

}  // namespace robbench

#endif  // ANALYSIS_SEARCH_ARCHITECTURE_SEARCH_H_
