// Writes the synthetic records of twenty cells and the specs that go with them
// into an existing directory, for tests that run the binaries.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "analysis/synthetic_records.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/isomorphism.h"

ABSL_FLAG(int, cells, 0,
          "with one seed, of so many representatives; 0: the twenty cells");
ABSL_FLAG(std::string, out_dir, "", "where to write (required)");

namespace robbench {
namespace {

absl::Status WriteRecords(const std::vector<std::string>&) {
  const std::string directory = absl::GetFlag(FLAGS_out_dir);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("out_dir", directory));
  SyntheticOptions options = TwentyCells();
  const int cells = absl::GetFlag(FLAGS_cells);
  if (cells > 0) {
    const auto representatives = IsomorphismClasses::Get().representatives();
    options.codes.clear();
    options.seeds = {0};
    for (const int index : representatives.subspan(0, cells)) {
      options.codes.push_back(Cell::FromIndex(index)->Code());
    }
  }
  OutputFiles outputs;
  std::string list;
  for (const RecordFile& file : SyntheticRecords(options)) {
    const std::string path = absl::StrCat(directory, "/", file.path);
    outputs.Add(path, file.bytes);
    absl::StrAppend(&list, path, "\n");
  }
  outputs.Add(directory + "/records.txt", list);
  outputs.Add(directory + "/dataset.textproto", SyntheticDatasetSpec(options));
  outputs.Add(directory + "/statistics.textproto", SyntheticStatisticsSpec());
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv,
                              "write_synthetic_records --out_dir=DIRECTORY",
                              robbench::WriteRecords);
}
