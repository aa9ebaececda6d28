// Turns the published table into a benchmark table of ours, so that statistics,
// figures and report run on it as on a table of records.
#ifndef ANALYSIS_PUBLISHED_PUBLISHED_BENCHMARK_H_
#define ANALYSIS_PUBLISHED_PUBLISHED_BENCHMARK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/published/published_table.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// Returns what is known of the authors' runs on a data set.
Benchmark PublishedBenchmark(const PublishedDataset& dataset);

// Sets the attack that a metric's name stands for: "clean", "fgsm_8", or
// "pgd_8" (PGD-20). "autoattack" and the like get none, as the version that the
// authors ran is not known. Returns false for a name that is not an accuracy's.
bool SetNamedAttack(absl::string_view metric, Column& column);

// Whether the data set `dataset` of a table can be `published`: if the table
// has its cells' numbers of parameters, they must be those of the paper's
// networks.
bool HasPaperNetworks(const Table& table, const std::string& dataset,
                      const PublishedDataset& published);

// Returns one table of the three data sets. Each has six accuracies, and the
// costs of the paper's skeleton (C = 16, N = 5), counted by nas/cost.h. Means
// are counts over seeds x images, rounded once. `bytes` are those of the file,
// for the provenance.
absl::StatusOr<Table> MakePublishedBenchmark(const PublishedTable& published,
                                             absl::string_view bytes);

// Adds the accuracies of Jung et al. for the cells that `table` has, behind the
// other columns of each data set, and the file to the provenance.
void AddStandardTraining(const StandardTable& standard, absl::string_view bytes,
                         Table& table);

}  // namespace robbench

#endif  // ANALYSIS_PUBLISHED_PUBLISHED_BENCHMARK_H_
