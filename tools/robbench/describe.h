// robbench describe CELL: what is known of a cell without running it.
#ifndef TOOLS_ROBBENCH_DESCRIBE_H_
#define TOOLS_ROBBENCH_DESCRIBE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nas/network_plan.h"
#include "tools/robbench/format.h"

namespace robbench {

// Image and classes of a published data set, by any name that
// analysis/table/name_resolver.h finds. A usage error names those that there
// are.
absl::Status SetPublishedSize(absl::string_view dataset, SkeletonSize& size);

// Index, code, architecture, class, and the cost in this skeleton. `cell` is
// any name that ParseCell takes. Errors: InvalidArgument naming the field.
absl::StatusOr<std::string> DescribeCell(absl::string_view cell,
                                         const SkeletonSize& size,
                                         const Output& output);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_DESCRIBE_H_
