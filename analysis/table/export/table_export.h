// Writes the table in formats that other programs read. FORMATS.md says how
// names and numbers are spelled in each. All functions return InvalidArgument
// for text that is not UTF-8 and for columns that would have the same name.
#ifndef ANALYSIS_TABLE_EXPORT_TABLE_EXPORT_H_
#define ANALYSIS_TABLE_EXPORT_TABLE_EXPORT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// Returns JSON in the authors' layout, res[dataset][id][metric][seed], with ids
// and seeds as strings and the authors' names of data sets and metrics. The
// mean stands under "threeseed" where it is over three seeds and under "mean"
// otherwise; `autoattack` is a bare number where it has one seed. What the
// authors do not have stands beside it under our names: NTK scores with seeds,
// and what has no seeds as bare numbers: costs, accuracies of standard training
// and predictors. An infinite number is "Infinity" or "-Infinity"; a missing
// one is left out. analysis/published/authors_json.h reads it.
absl::StatusOr<std::string> TableJson(const Table& table);

// Returns CSV with one row for each data set and cell: the cell's names, then
// for every metric its mean and each seed ("pgd_8", "pgd_8 seed 0"). Accuracies
// are shares from 0 to 1, codes are written by CsvCode (escape.h), infinity is
// "inf", and a missing value is empty. It follows RFC 4180 except for line
// ends, which are line feeds.
absl::StatusOr<std::string> TableCsv(const Table& table);

// Returns an SQLite 3 database, with the same bytes for the same table and
// library:
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

// Returns CSV with a line for each of the 15,625 cells: official index, code,
// architecture string, and the index of the representative of its class, whose
// row a table has.
std::string SearchSpaceCsv();

// Returns InvalidArgument where two columns would have the same name. Upper and
// lower case do not differ, as in SQL.
absl::Status CheckColumnNames(const std::vector<std::string>& names);

}  // namespace robbench

#endif  // ANALYSIS_TABLE_EXPORT_TABLE_EXPORT_H_
