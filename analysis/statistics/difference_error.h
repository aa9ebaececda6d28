// The standard error of an accuracy of ours less the published one: of a mean
// over k seeds on n images from one over K seeds on N images,
//
//   s^2 (1/k + 1/K)  +  p (1 - p) (1/n - 1/N)
//
// s^2 is the variance between seeds, pooled over the column's cells; p the
// published accuracy. The second part is the sampling of our images from the
// published test set, and 0 where both used all of it.
//
// Of the mean deviation of m cells the two parts do not add up alike. The
// seeds' parts are independent. The images are the same for all cells: where
// they happen to be hard, they are so for every cell, and more cells do not
// make up for it. How far cells go together cannot be told without each one's
// predictions, so the bound is given that any correlation allows (it is reached
// where cells of one accuracy get the same images right):
//
//   sum of s^2 (1/k + 1/K) / m^2  +  (mean of sqrt(p (1 - p) (1/n - 1/N)))^2
//
// That the seeds' parts are independent is an assumption, although one seed
// draws the same random numbers for all cells: equal networks that can share
// them differ as much as those that cannot (scatter/twin_scatter.h).
#ifndef ANALYSIS_STATISTICS_DIFFERENCE_ERROR_H_
#define ANALYSIS_STATISTICS_DIFFERENCE_ERROR_H_

#include "absl/types/span.h"

namespace robbench {

// What the standard error of ours - published depends on.
struct DifferenceErrorTerms {
  double seed_variance;  // of one seed's value; NaN when unknown
  double accuracy;       // published, 0 ... 1
  int our_seeds, our_images;
  int their_seeds, their_images;
};
double DifferenceError(const DifferenceErrorTerms& terms);
// Of the mean of one or more cells' differences on the same images: at most.
double MeanDifferenceError(absl::Span<const DifferenceErrorTerms> cells);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_DIFFERENCE_ERROR_H_
