// Compares cells that were trained here exactly as the paper says with the
// published table. It reads what was trained here and what the table says of
// the same networks; reproduction_criterion.h decides whether they agree.
//
//   ROBBENCH_ASSIGN_OR_RETURN(const std::vector<OurCell> ours,
//                             ReadReproduction(spec_path, run_paths));
//   ROBBENCH_ASSIGN_OR_RETURN(const ReferenceRows rows,
//                             FindPublishedRows(ours, published));
//   for (const auto& c : Judge(ours, rows).cells()) ... c.verdict()
#ifndef ANALYSIS_STUDIES_REPRODUCTION_REPRODUCTION_H_
#define ANALYSIS_STUDIES_REPRODUCTION_REPRODUCTION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "analysis/table/benchmark_table.h"

namespace robbench {

// Reads the ReproducedRuns (textproto) of one data set, with the same checks as
// for any records (record_collector.h): one recipe, profile and data set, and
// the weights evaluated are the weights trained. Returns cells by index. An
// accuracy is that of the most test images that it was measured on, as
// AutoAttack may be run on fewer of them. `dataset_spec` is the path of the
// textproto that the data set was preprocessed by, `runs` are paths.
absl::StatusOr<std::vector<OurCell>> ReadReproduction(
    const std::string& dataset_spec, const std::vector<std::string>& runs);

// Returns what a published table says of each of these cells: every row of the
// same network, and the scatter of cells of its kind. NotFound where a cell has
// no row.
absl::StatusOr<ReferenceRows> FindPublishedRows(
    const std::vector<OurCell>& cells, const BenchmarkTable& published);

// Judges by PublishedRule the cells that both have, in the order of `ours`.
Reproductions Judge(const std::vector<OurCell>& ours,
                    const ReferenceRows& rows);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_REPRODUCTION_REPRODUCTION_H_
