// Training noise by kind of cell, told apart from trainings that failed, on
// the published table's twins (noise_floor.h):
//
//   MeasureTwinScatter    scatter without failed seeds and their share, by kind
//   CompareStreams        twins that can share a random stream against twins
//                         that cannot
//   FindSuspectRows       rows that are likely to hold a failed seed
//
// The authors seed every generator with the seed of a run, so two cells whose
// networks have the same list of convolutions draw the same initial weights,
// order of images, crops and attack starts; their values may then be more alike
// than those of two independent trainings, and a noise floor from them too low.
// Cells with another list consume the generator otherwise from the first
// layer on.
#ifndef ANALYSIS_STATISTICS_SCATTER_TWIN_SCATTER_H_
#define ANALYSIS_STATISTICS_SCATTER_TWIN_SCATTER_H_

#include <optional>
#include <vector>

#include "analysis/statistics/noise_floor.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// Returns the scatter by kind of cell, of the kinds that have twins. The column
// must be an accuracy.
std::vector<TwinScatter> MeasureTwinScatter(const BenchmarkTable& table,
                                            const Twins& twins,
                                            const Column& column);

// Compares the two sorts of twins among steady cells. Returns nullopt where one
// of the two has no pair.
std::optional<StreamNoise> CompareStreams(const BenchmarkTable& table,
                                          const Twins& twins,
                                          const Column& column);

// Returns rows that lie below the highest of their network by kLeastDeficit or
// more, and for which the kind's mixture gives the broad part a probability of
// kLeastSuspicion or more. They are in the order of `twins`, then of rows.
inline constexpr double kLeastSuspicion = 0.95;
inline constexpr double kLeastDeficit = 0.01;
std::vector<SuspectRow> FindSuspectRows(const BenchmarkTable& table,
                                        const Twins& twins,
                                        const Column& column);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_SCATTER_TWIN_SCATTER_H_
