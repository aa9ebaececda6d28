// The report's tables of training noise on a published table: the scatter of
// twins by kind of cell, random streams, and rows that are likely to hold a
// failed seed.
#ifndef ANALYSIS_REPORT_TABLES_NOISE_TABLES_H_
#define ANALYSIS_REPORT_TABLES_NOISE_TABLES_H_

#include <string>
#include <vector>

#include "analysis/report/tables/report_table.h"
#include "analysis/statistics/statistics.pb.h"

namespace robbench {

// Returns those of one data set that have rows, in the order above.
std::vector<ReportTable> NoiseTables(const Statistics& statistics,
                                     const std::string& dataset);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_TABLES_NOISE_TABLES_H_
