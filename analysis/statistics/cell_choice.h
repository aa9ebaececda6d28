// Helps to choose cells: finds the fronts of accuracy against cost, and says
// how well the cells that a cheap metric ranks first do by a costly one.
#ifndef ANALYSIS_STATISTICS_CELL_CHOICE_H_
#define ANALYSIS_STATISTICS_CELL_CHOICE_H_

#include <cstdint>

#include "absl/types/span.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// Returns the front over the cells of `table` that have both values. The
// columns may be averages that the table itself does not have. Of cells that
// are equal in both, the first of the table is on the front.
CostFront MakeCostFront(const Table& table, const Column& accuracy,
                        const Column& cost);

// Returns the short list over the cells that have both values; equal ones are
// in the table's order. Sizes above the number of cells are left out.
// Accuracies, costs and NTK scores are taken highest first, condition numbers
// lowest first.
ShortList MakeShortList(const Table& table, const Column& metric,
                        const Column& target, absl::Span<const uint32_t> sizes);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_CELL_CHOICE_H_
