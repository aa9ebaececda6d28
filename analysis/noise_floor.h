// How much of a value is training noise, measured on the table itself: the
// published classes put some equal networks into different rows
// (nas/network_identity.h), and such twins were trained independently.
#ifndef ANALYSIS_NOISE_FLOOR_H_
#define ANALYSIS_NOISE_FLOOR_H_

#include <optional>
#include <vector>

#include "analysis/benchmark_table.h"
#include "analysis/statistics.pb.h"

namespace robbench {

// The table's rows, grouped.
struct Twins {
  CellClasses classes;
  std::vector<std::vector<int>> groups;  // positions; two or more in each
};
Twins FindTwins(const BenchmarkTable& table);

// Of one column; `best` is how many of its highest cells are compared with
// each other. Values that are not finite are left out. Absent where no group
// has two values.
std::optional<NoiseFloor> MeasureNoise(const Twins& twins, const Column& column,
                                       int best);

}  // namespace robbench

#endif  // ANALYSIS_NOISE_FLOOR_H_
