// Measures how much of a value is training noise: the noise floor. It is
// measured on the table itself, as the published classes put some equal
// networks into different rows (nas/network_identity.h), and such twins were
// trained independently.
#ifndef ANALYSIS_STATISTICS_NOISE_FLOOR_H_
#define ANALYSIS_STATISTICS_NOISE_FLOOR_H_

#include <optional>
#include <vector>

#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "nas/cell.h"

namespace robbench {

// The table's rows, grouped by network.
struct Twins {
  CellClasses classes;
  std::vector<std::vector<int>> groups;  // positions; two or more in each
};
// Finds the rows that are the same network.
Twins FindTwins(const BenchmarkTable& table);

// Returns the number of paths of skip_connect and avg_pool_3x3 from a cell's
// input to its output. It is 0 where a convolution of the image, and so a
// BatchNorm of it, reaches the output. A convolution of a node that does not
// depend on the image does not count: what it adds is the same for every image
// (BatchNorm's beta, and what a 3x3 convolution makes of the border of such a
// constant).
int UnnormalizedPaths(const Cell& cell);

// Return the kind of a cell by that number, and its name for people
// ("doubling"). A cell with two or more such paths amplifies: each of the
// skeleton's cells multiplies a flat image by their number. On the published
// table these networks train now well and now badly (scatter/twin_scatter.h).
CellKind KindOf(const Cell& cell);
const char* KindName(CellKind kind);

// The typical scatter of one of two values, from the absolute differences of
// pairs (at least one): their median over that of two normal values of variance
// 1, with the median's 95 % interval by order statistics.
struct MedianScatter {
  double standard_deviation, low, high;
};
MedianScatter MeasureMedianScatter(std::vector<double> sizes);

// Measures the noise floor of one column; `best` is how many of its highest
// cells are compared with each other. Values that are not finite are left out.
// Returns nullopt where no group has two values.
std::optional<NoiseFloor> MeasureNoise(const Twins& twins, const Column& column,
                                       int best);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_NOISE_FLOOR_H_
