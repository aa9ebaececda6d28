// //analysis/search runs the searches of a spec on a table and writes what they
// find.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "analysis/search/architecture_search.h"
#include "analysis/search/search.pb.h"
#include "analysis/table/table_analysis.h"
#include "nas/base/program.h"

ABSL_FLAG(std::string, search_out, "", "the results (required)");

namespace robbench {
namespace {

constexpr char kUsage[] =
    R"(Runs search algorithms on a table of all classes by a SearchSpec: which
cells they find, after how many queries, averaged over repeats.

  search --table=table.binpb --spec=search.textproto \
      --search_out=search.binpb [--json_out=search.json])";

absl::Status Run(const std::vector<std::string>& arguments) {
  return AnalyseTable<SearchSpec>(
      arguments,
      {.producer = "analysis:search",
       .record_flag = "search_out",
       .record_out = absl::GetFlag(FLAGS_search_out)},
      [](const AnalysedFiles<SearchSpec>& files) {
        return RunSearches(files.table_path, files.table, files.spec_path,
                           files.spec);
      });
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
