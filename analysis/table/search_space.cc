// //analysis/table:search_space: all 15,625 cells and the representatives of
// their classes, for programs that sample any of them.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "analysis/published/authors_json.h"
#include "analysis/table/export/table_export.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"

ABSL_FLAG(std::string, meta_out, "",
          "the file, in the layout of the authors' meta.json");
ABSL_FLAG(std::string, csv_out, "", "the file, as CSV");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Writes all 15,625 cells, each with its architecture string and the index of
the representative of its class, whose row in a table has its numbers.

  search_space [--meta_out=meta.json] [--csv_out=cells.csv])";

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string meta_path = absl::GetFlag(FLAGS_meta_out);
  const std::string csv_path = absl::GetFlag(FLAGS_csv_out);
  if (meta_path.empty() && csv_path.empty()) {
    return UsageError("expected --meta_out or --csv_out");
  }
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                            OutputFiles::Open({meta_path, csv_path}));
  outputs.Add(meta_path, AuthorsMetaJson());
  outputs.Add(csv_path, SearchSpaceCsv());
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
