// Decides which values a search on a table may see and which it may not, to
// measure by how much it overrates what it finds. Of values with noise a search
// picks those whose noise is high, so the value that it reports is too high
// (the winner's curse). There are two ways to measure that, depending on what
// the table has:
//
//   Unseen seeds   Where two or more seeds have a value of every cell: a search
//                  sees one seed (each in turn), and the cell found is looked
//                  up in the mean of the others. Without bias, as seeds are
//                  independent, but it is a search by one seed that is judged.
//   Added noise    Where there are only means, but a noise floor s
//                  (noise_floor.h): a search sees value + s z with z normal,
//                  anew in each draw, and the cell found is looked up without s
//                  z. The mean of s z of the cells found is what noise of this
//                  size adds to the reported value (a parametric bootstrap).
//
// Added noise takes noise to be normal and as large for every cell, and the
// table's values for the true ones. As they scatter more than these, by the
// noise in them, it gives too little: nothing to speak of where cells differ by
// much more than s, and 1 / sqrt(2) of the truth at the worst, where all cells
// are equal. A cell's noise is the same in all metrics that a search looks at,
// as it comes from one training: z is drawn once a cell.
#ifndef ANALYSIS_SEARCH_UNSEEN_VALUES_H_
#define ANALYSIS_SEARCH_UNSEEN_VALUES_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/search/search.pb.h"
#include "analysis/statistics/noise_floor.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "nas/base/philox.h"

namespace robbench {

// The values of one criterion. Draw() sets what the next search may see.
class UnseenValues {
 public:
  // Makes one for searches by `criterion`, which must have a value of every
  // cell. Returns nullopt for a column that is not an accuracy, and where the
  // table has neither seeds nor twins that differ. All arguments must outlive
  // it.
  static std::optional<UnseenValues> Make(const BenchmarkTable& table,
                                          const Twins& twins,
                                          const Column& criterion);

  SelectionBias::Source source() const {
    return seeds_.empty() ? SelectionBias::ADDED_NOISE
                          : SelectionBias::UNSEEN_SEEDS;
  }
  // 0 with added noise.
  int seeds() const { return seeds_.size(); }
  // Of a value of the criterion; 0 with unseen seeds.
  double noise() const { return noise_; }

  // Draws what the next search sees: the seed by the number of the draw, or new
  // noise from `random`.
  void Draw(int number, PhiloxStream& random);
  // Returns a column of the same data set as the search sees it; a column
  // without seeds and noise is returned as it is in the table.
  std::vector<double> Seen(const Column& column);
  // The criterion's value of a row that the search does not see.
  double Unseen(int row) const { return unseen_[row]; }

 private:
  UnseenValues(const Twins& twins, const Column& criterion)
      : twins_(twins), criterion_(criterion) {}

  double NoiseOf(const Column& column);

  const Twins& twins_;
  const Column& criterion_;
  std::vector<const Column::Seed*> seeds_;  // with a value of every cell
  double noise_ = 0;
  std::map<std::string, double> noises_;  // by metric
  const Column::Seed* seen_seed_ = nullptr;
  std::vector<double> normal_;  // by row
  std::vector<double> unseen_;
};

}  // namespace robbench

#endif  // ANALYSIS_SEARCH_UNSEEN_VALUES_H_
