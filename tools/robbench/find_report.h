// Which report, and which of its tables, a command reads. `bazel run
// //:reproduce` writes the directory robbench-report and //:paper
// robbench-paper; a command that is not told takes the first of these two that
// is here, and says so.
#ifndef TOOLS_ROBBENCH_FIND_REPORT_H_
#define TOOLS_ROBBENCH_FIND_REPORT_H_

#include <string>

#include "absl/status/statusor.h"

namespace robbench {

struct FoundPath {
  std::string path;
  // A line for standard error that says what was taken, and what else is here;
  // empty where the user named this very path.
  std::string note;
};

// The table `table` where that is not empty (--table=FILE), else the one of the
// report in the directory `report` (--report=DIR), else that of a report here.
// NotFound where there is no such report; `table` itself is not looked for.
absl::StatusOr<FoundPath> FindTable(const std::string& table,
                                    const std::string& report);

// The directory `report` where that is not empty, else a report's that is here,
// known by its manifest. NotFound where there is none.
absl::StatusOr<FoundPath> FindReport(const std::string& report);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_FIND_REPORT_H_
