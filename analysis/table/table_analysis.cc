#include "analysis/table/table_analysis.h"

#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"

ABSL_FLAG(std::string, table, "", "what //analysis/collect wrote (required)");
ABSL_FLAG(std::string, spec, "", "the program's spec as textproto (required)");
ABSL_FLAG(std::string, json_out, "", "the results as JSON");

namespace robbench {

absl::Status CheckTableAnalysis(const std::vector<std::string>& arguments,
                                const TableAnalysis& analysis) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table", absl::GetFlag(FLAGS_table)));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("spec", absl::GetFlag(FLAGS_spec)));
  if (!analysis.more_flag.empty()) {
    ROBBENCH_RETURN_IF_ERROR(RequireFlag(
        analysis.more_flag, absl::StrJoin(analysis.more_paths, " ")));
  }
  return RequireFlag(analysis.record_flag, analysis.record_out);
}

}  // namespace robbench
