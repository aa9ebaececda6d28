// The published table as a benchmark table of ours, so that statistics,
// figures and report run on it as on records.
#ifndef ANALYSIS_PUBLISHED_PUBLISHED_BENCHMARK_H_
#define ANALYSIS_PUBLISHED_PUBLISHED_BENCHMARK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/published/published_table.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// What is known of the authors' runs on a data set.
Benchmark PublishedBenchmark(const PublishedDataset& dataset);

// The attack that a metric's name stands for: "clean", "fgsm_8", "pgd_8"
// (PGD-20); others ("autoattack", ...) get none, as their version is not
// known. False for a name that is no accuracy's.
bool SetNamedAttack(absl::string_view metric, Column& column);

// Whether the data set `dataset` of a table can be `published`: the parameters
// of its cells, where the table has them, are those of the paper's networks.
bool HasPaperNetworks(const Table& table, const std::string& dataset,
                      const PublishedDataset& published);

// One table of the three data sets: six accuracies each, and the costs of one
// forward pass of the paper's skeleton (C = 16, N = 5), counted by nas/cost.h.
// Means are counts over seeds x images, rounded once. `bytes` are the file's,
// for the provenance.
absl::StatusOr<Table> MakePublishedBenchmark(const PublishedTable& published,
                                             absl::string_view bytes);

// Adds the accuracies of Jung et al. to those cells that `table` has, behind
// the columns of each data set, and the file to the provenance.
void AddStandardTraining(const StandardTable& standard, absl::string_view bytes,
                         Table& table);

}  // namespace robbench

#endif  // ANALYSIS_PUBLISHED_PUBLISHED_BENCHMARK_H_
