// Fills tables for tests of the commands.
#ifndef TOOLS_ROBBENCH_QUERY_TEST_TABLE_H_
#define TOOLS_ROBBENCH_QUERY_TEST_TABLE_H_

#include <string>
#include <vector>

#include "analysis/table/table.pb.h"

namespace robbench {

// Adds a column with these means, by position, to a table and returns it.
inline Column& AddColumn(Table& table, const std::string& dataset,
                         const std::string& metric, Column::Kind kind,
                         const std::vector<double>& means) {
  Column& column = *table.add_columns();
  column.mutable_key()->set_dataset(dataset);
  column.mutable_key()->set_metric(metric);
  column.set_kind(kind);
  for (const double mean : means) column.add_mean(mean);
  return column;
}

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_QUERY_TEST_TABLE_H_
