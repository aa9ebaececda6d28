// Which cells to choose: the fronts of accuracy against cost, and how well the
// cells that a cheap metric ranks first do by a costly one.
#ifndef ANALYSIS_STATISTICS_CELL_CHOICE_H_
#define ANALYSIS_STATISTICS_CELL_CHOICE_H_

#include <cstdint>

#include "absl/types/span.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// Over the cells of `table` that have both values, which may be averages that
// it does not have. Of cells that are equal in both, the first of the table.
CostFront MakeCostFront(const Table& table, const Column& accuracy,
                        const Column& cost);

// Over the cells that have both values; equal ones in the table's order.
// Sizes above the number of cells are left out. Accuracies, costs and NTK
// scores are taken highest first, condition numbers lowest first.
ShortList MakeShortList(const Table& table, const Column& metric,
                        const Column& target, absl::Span<const uint32_t> sizes);

}  // namespace robbench

#endif  // ANALYSIS_STATISTICS_CELL_CHOICE_H_
