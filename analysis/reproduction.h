// Cells that were trained here exactly as the paper says, against the published
// table: metric by metric the difference, its standard error and
//
//   z = (ours - published) / standard error.
//
// The standard error is that of deviation.h, the scatter between seeds taken
// from the published table (noise_floor.h), as one run of ours has none:
//
//   s^2 (1/k + 1/K)  +  p (1 - p) (1/n - 1/N)
//
// with our k seeds on n images, their K on N. A reproduction holds where
// |z| <= kMostStandardErrors for every metric; that was fixed before the first
// run (TESTING.md). It takes one scatter for all cells. Those that amplify
// (noise_floor.h) scatter some twenty times as much in the published table; for
// them a second error and z, by their own scatter, stand beside the first.
//
//   ROBBENCH_ASSIGN_OR_RETURN(std::vector<BenchmarkTable> ours,
//                             ReadReproduction(spec_path, run_paths));
//   for (const auto& c : CompareWithPublished(ours, rows)) ... c.z
#ifndef ANALYSIS_REPRODUCTION_H_
#define ANALYSIS_REPRODUCTION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/benchmark_table.h"
#include "analysis/report_table.h"
#include "analysis/reproduction.pb.h"
#include "analysis/statistics.pb.h"
#include "nas/cell.pb.h"

namespace robbench {

inline constexpr double kMostStandardErrors = 4;

// Textproto ReproducedRuns of one data set as tables, through the same checks
// as any records (record_collector.h): one recipe, profile and data set, the
// weights evaluated are the weights trained. A table for each suite and number
// of test images, as AutoAttack may be on fewer of them; that of most images
// first. `dataset_spec` is the textproto that the data set was preprocessed by.
absl::StatusOr<std::vector<BenchmarkTable>> ReadReproduction(
    const std::string& dataset_spec, const std::vector<std::string>& runs);

// The rows of these cells (any name of each) in a published table, with its
// noise floors. NotFound where a cell has no row, FailedPrecondition where a
// column has no noise floor.
absl::StatusOr<ReferenceRows> FindPublishedRows(
    const std::string& dataset, const std::vector<std::string>& cells,
    const BenchmarkTable& published, const Statistics& statistics);

// All cells of tables of ours, to be looked up: in order, each once.
std::vector<std::string> CellCodes(const std::vector<BenchmarkTable>& tables);

struct MetricComparison {
  CellIdentity cell;
  std::string dataset;
  std::string metric;
  std::string label;  // of the metric, for people
  int seeds;          // ours
  int images;         // ours
  double ours;        // mean over seeds, 0 ... 1
  // Standard deviation between our seeds; absent for one.
  std::optional<double> our_spread;
  double published;
  double standard_error;
  double z;
  // By the scatter of cells that amplify; absent for others.
  std::optional<double> amplifying_error;
  std::optional<double> amplifying_z;
};

// By cell, then metric in the order of `rows`; accuracies that both have, each
// from the first table that has it.
std::vector<MetricComparison> CompareWithPublished(
    const std::vector<BenchmarkTable>& ours, const ReferenceRows& rows);

ReportTable ReproductionTable(const std::vector<MetricComparison>& comparisons);

}  // namespace robbench

#endif  // ANALYSIS_REPRODUCTION_H_
