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

// Sets the image and classes of `size` to those of a published data set, by any
// name that analysis/table/name_resolver.h finds. A usage error, naming those
// that exist, for another name.
absl::Status SetPublishedSize(absl::string_view dataset, SkeletonSize& size);

// Returns index, code, architecture and class of a cell, and its cost in this
// skeleton. `cell` is any name that ParseCell takes. InvalidArgument, naming
// the field, for another name or a skeleton out of range.
absl::StatusOr<std::string> DescribeCell(absl::string_view cell,
                                         const SkeletonSize& size,
                                         const Output& output);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_DESCRIBE_H_
