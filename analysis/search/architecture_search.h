// Runs search algorithms on a finished table (Table 2 of the paper), to see
// what a search would have found had it trained the cells that it asks for.
//
// Cells are drawn and changed among all 15,625; a query is for a cell's class,
// and one that was made before is free. Everything random comes from Philox,
// keyed by seed, repeat and the positions of algorithm, criterion and data set,
// so that a search does not depend on the others. Every search runs twice: on
// the table, as in Table 2, and with values held back, to measure by how much
// it overrates what it finds (unseen_values.h).
#ifndef ANALYSIS_SEARCH_ARCHITECTURE_SEARCH_H_
#define ANALYSIS_SEARCH_ARCHITECTURE_SEARCH_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "analysis/search/search.pb.h"
#include "analysis/table/benchmark_table.h"
#include "nas/base/philox.h"
#include "nas/official_index.h"

namespace robbench {

// Knows for every cell the row of a table that its class is in.
class SearchSpace {
 public:
  // FailedPrecondition, naming `table_path`, for a table without a row for
  // every class.
  static absl::StatusOr<SearchSpace> Make(const std::string& table_path,
                                          const BenchmarkTable& table);

  int num_rows() const { return num_rows_; }
  // The row of the cell whose Cell::Position() this is.
  int row(int position) const { return row_[position]; }

 private:
  int num_rows_ = 0;
  std::array<int, kNumCells> row_{};
};

// One search in progress: answers queries until the budget is spent.
class SearchRun {
 public:
  // `values` has the criterion of each row, highest is best. All must outlive
  // the run. 1 <= budget <= space.num_rows().
  SearchRun(const SearchSpace& space, absl::Span<const double> values,
            int budget);

  // Forgets all queries.
  void Restart();

  // Returns the value of a cell. It counts as a query when the cell's class is
  // new. Once the budget is spent, the answer for a new class is -infinity.
  double Query(int position);

  bool spent() const { return queries() == budget_; }
  int queries() const { return static_cast<int>(best_.size()); }
  // After 1, 2, ... queries: the row of the best value, the first of equals.
  absl::Span<const int> best_rows() const { return best_; }

 private:
  const SearchSpace& space_;
  const absl::Span<const double> values_;
  const int budget_;
  std::vector<int> best_;
  std::vector<uint32_t> asked_;  // by row: the round it was asked for in
  uint32_t round_ = 0;
};

// The algorithms. Each spends the whole budget, except that evolution stops
// when 10,000 children in a row were of known classes.
void SearchAtRandom(SearchRun& run, PhiloxStream& random);
void SearchLocally(SearchRun& run, PhiloxStream& random);
void SearchByEvolution(const RegularizedEvolution& options, SearchRun& run,
                       PhiloxStream& random);

// Runs all searches of a spec. Returns the results without their provenance,
// which the caller sets. Errors name `spec_path` and the field, or `table_path`
// for a table that cannot be searched.
absl::StatusOr<Search> RunSearches(const std::string& table_path,
                                   const BenchmarkTable& table,
                                   const std::string& spec_path,
                                   const SearchSpec& spec);

}  // namespace robbench

#endif  // ANALYSIS_SEARCH_ARCHITECTURE_SEARCH_H_
