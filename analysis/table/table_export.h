// The table in formats that other programs read. FORMATS.md says how names and
// numbers are spelled in each.
#ifndef ANALYSIS_TABLE_TABLE_EXPORT_H_
#define ANALYSIS_TABLE_TABLE_EXPORT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// All refuse, by InvalidArgument, text that is not UTF-8 and columns that
// would have one name.

// The authors' layout: res[dataset][id][metric][seed], ids and seeds as
// strings, the authors' names of data sets and metrics, the mean under
// "threeseed" where it is over three seeds and under "mean" otherwise, a bare
// number for `autoattack` where it has one seed. What the authors do not have
// goes beside it under our names: NTK scores with seeds, costs and accuracies
// of standard training, which have none, as bare numbers. An infinite number
// is "Infinity" or "-Infinity"; a missing one is left out. authors_json.h
// reads it.
absl::StatusOr<std::string> TableJson(const Table& table);

// One row a data set and cell: identity, then for every metric its mean and
// each seed ("pgd_8", "pgd_8 seed 0"). Accuracies as shares, codes as CsvCode
// (escape.h) writes them, infinity as "inf", nothing where a value is missing.
// RFC 4180 but for line ends, which are line feeds.
absl::StatusOr<std::string> TableCsv(const Table& table);

// An SQLite 3 database, the same bytes for the same table and library:
//
//   cell(id, code, architecture, representative)     id: official index
//   search_space(id, code, architecture, representative): all 15,625 cells
//   metric(id, dataset, name, kind, label, images)
//   mean(cell, metric, value), value(cell, metric, seed, value)
//   record(id, dataset, cell, seed, kind, suite, producer, sha256, unreliable)
//   record_input(record, role, sha256)
//   wide: a view, one row a data set and cell, one column a metric's mean
//
// A cell of the search space that `cell` does not have has the numbers of its
// representative:
//
//   SELECT value FROM search_space JOIN mean ON mean.cell = representative ...
absl::StatusOr<std::string> TableSqlite(const Table& table);

// All 15,625 cells, a line each: official index, code, architecture string and
// the index of the representative of its class, whose row a table has.
std::string SearchSpaceCsv();

// InvalidArgument where two columns would have one name. Capitals count as
// small letters, as they do in SQL.
absl::Status CheckColumnNames(const std::vector<std::string>& names);

}  // namespace robbench

#endif  // ANALYSIS_TABLE_TABLE_EXPORT_H_
