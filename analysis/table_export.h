// The table in formats that other programs read.
#ifndef ANALYSIS_TABLE_EXPORT_H_
#define ANALYSIS_TABLE_EXPORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "analysis/table.pb.h"

namespace robbench {

// The authors' layout: res[dataset][id][metric][seed], ids and seeds as
// strings, the authors' names of data sets and metrics, the mean under
// "threeseed" where it is over three seeds and under "mean" otherwise. Costs
// and accuracies of standard training are bare numbers, as is `autoattack`
// where it has one seed; NTK scores go beside the accuracies under our names.
// An infinite number is null; a missing one is left out. authors_json.h reads
// it.
std::string TableJson(const Table& table);

// One row a data set and cell: identity, then for every metric its mean and
// each seed ("pgd_8", "pgd_8 seed 0"). Accuracies as shares. RFC 4180 but for
// line ends, which are line feeds.
std::string TableCsv(const Table& table);

// An SQLite 3 database, the same bytes for the same table and library:
//
//   cell(id, code, architecture, representative)     id: official index
//   metric(id, dataset, name, kind, label, images)
//   mean(cell, metric, value), value(cell, metric, seed, value)
//   record(id, dataset, cell, seed, kind, suite, producer, sha256, unreliable)
//   record_input(record, role, sha256)
//   wide: a view, one row a data set and cell, one column a metric's mean
absl::StatusOr<std::string> TableSqlite(const Table& table);

}  // namespace robbench

#endif  // ANALYSIS_TABLE_EXPORT_H_
