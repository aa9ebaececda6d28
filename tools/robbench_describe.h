// robbench describe CELL: what is known of a cell without running it.
#ifndef TOOLS_ROBBENCH_DESCRIBE_H_
#define TOOLS_ROBBENCH_DESCRIBE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nas/network_plan.h"
#include "tools/robbench_format.h"

namespace robbench {

// Index, code, architecture, class, and the cost in this skeleton. `cell` is
// any name that ParseCell takes. Errors: InvalidArgument naming the field.
absl::StatusOr<std::string> DescribeCell(absl::string_view cell,
                                         const SkeletonSize& size,
                                         OutputFormat format);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_DESCRIBE_H_
