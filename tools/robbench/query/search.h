// robbench search: runs search algorithms on a table, as in Table 2 of the
// paper, by analysis/search/architecture_search.h.
#ifndef TOOLS_ROBBENCH_QUERY_SEARCH_H_
#define TOOLS_ROBBENCH_QUERY_SEARCH_H_

#include <string>

#include "absl/status/statusor.h"
#include "analysis/table/benchmark_table.h"
#include "tools/robbench/format.h"
#include "tools/robbench/query/query.h"

namespace robbench {

// The flags of the command.
struct SearchOptions {
  // A SearchSpec as textproto; empty: the paper's, analysis/specs.
  std::string spec_path;
  // In place of the spec's where positive. Budgets of more queries are dropped.
  int queries = 0;
  int repeats = 0;
};

// Runs the searches on the data sets of the selection, by its metric where it
// has one, and returns what the command prints. Text has a line for each search
// with what it found and the regret, and one with what it found with each of
// the spec's budgets; JSON is the Search record
// (analysis/search/search.proto). `table_path` is only for messages. Errors are
// those of RunSearches.
absl::StatusOr<std::string> SearchTable(const std::string& table_path,
                                        const BenchmarkTable& table,
                                        const SearchOptions& options,
                                        const TableSelection& selection,
                                        const Output& output);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_QUERY_SEARCH_H_
