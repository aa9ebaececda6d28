// Draws the cells of the NTK study: a stratified random sample of a table's
// cells. It covers the whole range of accuracy, with each stratum as often as
// it is among all cells.
#ifndef ANALYSIS_STUDIES_NTK_NTK_SAMPLE_H_
#define ANALYSIS_STUDIES_NTK_NTK_SAMPLE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/table/benchmark_table.h"

namespace robbench {

// Returns official indices, stratum by stratum from the lowest metric to the
// highest. Within a stratum they are in the order drawn, so that the first k of
// every stratum are a sample of k a stratum. Stratum s of S holds ranks s n / S
// up to (s + 1) n / S of the n cells sorted by metric, then index. Cells are
// drawn without replacement, each with the same probability, from the stream
// (seed, kShuffle, 0, stratum). InvalidArgument, naming `spec_path` and the
// field, for an unknown metric and for more cells than a stratum has.
absl::StatusOr<std::vector<int>> DrawNtkSample(const BenchmarkTable& table,
                                               const std::string& spec_path,
                                               const NtkStudySpec& spec);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_NTK_NTK_SAMPLE_H_
