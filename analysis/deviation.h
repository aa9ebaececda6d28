// Our accuracies against the published ones, each difference with its standard
// error (promise P6): of a mean over k seeds on n images from one over K seeds
// on N images,
//
//   s^2 (1/k + 1/K)  +  p (1 - p) (1/n - 1/N)
//
// s^2 is the variance between seeds, pooled over the column's cells; p the
// published accuracy. The second part is the sampling of our images from the
// published test set, and 0 where both used all of it.
#ifndef ANALYSIS_DEVIATION_H_
#define ANALYSIS_DEVIATION_H_

#include <vector>

#include "analysis/benchmark_table.h"
#include "analysis/report_table.h"

namespace robbench {

// What the standard error of ours - published depends on.
struct DifferenceErrorTerms {
  double seed_variance;  // of one seed's value; NaN when unknown
  double accuracy;       // published, 0 ... 1
  int our_seeds, our_images;
  int their_seeds, their_images;
};
double DifferenceError(const DifferenceErrorTerms& terms);

// Empty without a data set and a metric that both tables have. Otherwise by
// data set a summary by metric (mean deviation, how large deviations are in
// standard errors, rank correlation) and all deviations, a row a cell. A
// metric without two seeds of any cell has deviations without error.
std::vector<ReportTable> DeviationTables(const BenchmarkTable& ours,
                                         const BenchmarkTable& published);

}  // namespace robbench

#endif  // ANALYSIS_DEVIATION_H_
