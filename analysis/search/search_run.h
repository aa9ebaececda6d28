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

  // Whether a query for the cell would be free.
  bool Knows(int position) const {
    return asked_[space_.row(position)] == round_;
  }

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

// Where a search takes the cells that no other cell leads to.
class CellSource {
 public:
  // Any of the 15,625 cells, at random.
  CellSource() = default;
  // Those that the run does not know, from the best by a predictor to the
  // worst; equals in random order. `values` has a number for each row, which
  // may be infinite, but not NaN; the highest is the best, or the lowest.
  CellSource(const SearchSpace& space, absl::Span<const double> values,
             bool lowest_first);

  // Begins with the best again.
  void Restart();

  // Returns a cell's position. With a predictor the run must not be spent, and
  // is asked for the cell before the next call.
  int Next(const SearchRun& run, PhiloxStream& random);

 private:
  std::vector<int> ranked_;  // all positions, best first; empty without one
  std::vector<int> ends_;    // by place in ranked_: where its equals end
  // In this search: as ranked_, but that the equals of each place before next_
  // have been drawn.
  std::vector<int> order_;
  int next_ = 0;
};

// The algorithms. Each spends the whole budget, except that evolution stops
// when 10,000 children in a row were of known classes. Until it is spent, a
// search does not depend on its budget. The source must have been restarted.
void TakeCells(CellSource& source, SearchRun& run, PhiloxStream& random);
void SearchLocally(CellSource& source, SearchRun& run, PhiloxStream& random);
void SearchByEvolution(const RegularizedEvolution& options, CellSource& source,
                       SearchRun& run, PhiloxStream& random);

}  // namespace robbench

#endif  // ANALYSIS_SEARCH_SEARCH_RUN_H_
