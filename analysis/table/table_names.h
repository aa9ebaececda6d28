// Says what the data sets and metrics of a table may be called. In each of its
// formats a column is found by these names alone.
#ifndef ANALYSIS_TABLE_TABLE_NAMES_H_
#define ANALYSIS_TABLE_TABLE_NAMES_H_

#include <string>

#include "absl/status/status.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// Returns InvalidArgument, naming `path`, the column, expected and found, where
// - the name of a data set, metric, suite or kernel is not a name
//   (nas/base/name.h);
// - two data sets, or two metrics of one data set, differ in case only;
// - an accuracy has a name that belongs to another kind of column
//   (nas/base/attack_name.h);
// - any column has the name of a column that says which row it is, as "index"
//   or "code".
absl::Status CheckTableNames(const std::string& path, const Table& table);

}  // namespace robbench

#endif  // ANALYSIS_TABLE_TABLE_NAMES_H_
