// Counts which operations the best cells of a ranking have (Fig. 4), and says
// how far that depends on noise.
//
// The shares describe the table: of all cells in it, those ranked first. They
// are no sample, and the edges of ten cells that resemble each other are not
// sixty independent trials, so there is no binomial interval and no p-value.
// What is uncertain is which cells are the best. The interval of a share is
// that of its value over draws of the true values, given the table's ones:
// normal about these with the deviation of the table's noise, without any other
// knowledge. Rows that are the same network (nas/network_identity.h) have one
// true value, drawn about their mean, and count once, as their highest row:
// copies of a cell neither fill the list of the best nor make an interval
// narrower.
#ifndef ANALYSIS_STATISTICS_BEST_OPERATIONS_H_
#define ANALYSIS_STATISTICS_BEST_OPERATIONS_H_

#include "analysis/statistics/statistics.pb.h"

namespace robbench {

// Sets `edges`, `operations` and `best_networks` of a data set whose ranking is
// set, without intervals.
void AddOperations(DatasetStatistics& dataset);

// Adds the 95 % intervals; `noise` is the standard deviation of a value of the
// ranking, 0 or more.
void AddOperationIntervals(double noise, DatasetStatistics& dataset);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_BEST_OPERATIONS_H_
