// One search of the space on a finished table, and the algorithms that only ask
// for values. Cells are drawn and changed among all 15,625; a query is for a
// cell's class, and one that was made before is free.
#ifndef ANALYSIS_SEARCH_SEARCH_RUN_H_
#define ANALYSIS_SEARCH_SEARCH_RUN_H_

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

}  // namespace robbench

#endif  // ANALYSIS_SEARCH_SEARCH_RUN_H_
