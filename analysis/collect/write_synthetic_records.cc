// Writes synthetic records and the specs that go with them into an existing
// directory, for tests that run the programs. They are of twenty cells, or of
// as many as the paper's, by the paper's specs.
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/collect/synthetic_records.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/isomorphism.h"
#include "training/dataset_spec.pb.h"

ABSL_FLAG(
    int, cells, 0,
    "so many representatives, named by their indices; 0: the twenty cells");
ABSL_FLAG(int, seeds, 0, "of each cell; 0: two of the twenty cells, else one");
ABSL_FLAG(std::string, dataset_spec, "", "DatasetSpec; what follows, too");
ABSL_FLAG(std::string, recipe, "", "Recipe");
ABSL_FLAG(std::string, attacks, "", "AttackSuite");
ABSL_FLAG(std::string, autoattack, "", "AttackSuite, for the first seed");
ABSL_FLAG(std::string, ntk, "", "NtkSpec");
ABSL_FLAG(std::string, out_dir, "", "where to write (required)");

namespace robbench {
namespace {

template <typename T>
absl::Status ReadSpec(const absl::Flag<std::string>& flag,
                      SyntheticSpec<T>& spec) {
  const std::string path = absl::GetFlag(flag);
  if (path.empty()) return absl::OkStatus();
  ROBBENCH_ASSIGN_OR_RETURN(auto read, ReadTextProto<T>(path));
  spec = {read.bytes, read.message};
  return absl::OkStatus();
}

absl::Status WriteRecords(const std::vector<std::string>&) {
  const std::string directory = absl::GetFlag(FLAGS_out_dir);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("out_dir", directory));
  const std::string list_path = directory + "/records.txt";
  const std::string dataset_path = directory + "/dataset.textproto";
  const std::string statistics_path = directory + "/statistics.textproto";
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({list_path, dataset_path, statistics_path}));
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
  if (const int seeds = absl::GetFlag(FLAGS_seeds); seeds > 0) {
    options.seeds.clear();
    for (int seed = 0; seed < seeds; ++seed) options.seeds.push_back(seed);
  }
  SyntheticSpec<DatasetSpec> dataset;
  ROBBENCH_RETURN_IF_ERROR(ReadSpec(FLAGS_dataset_spec, dataset));
  ROBBENCH_RETURN_IF_ERROR(ReadSpec(FLAGS_recipe, options.recipe));
  ROBBENCH_RETURN_IF_ERROR(ReadSpec(FLAGS_attacks, options.suite));
  ROBBENCH_RETURN_IF_ERROR(
      ReadSpec(FLAGS_autoattack, options.first_seed_suite));
  ROBBENCH_RETURN_IF_ERROR(ReadSpec(FLAGS_ntk, options.ntk));
  if (!dataset.text.empty()) {
    options.dataset = dataset.message.name();
    options.train_images = 50000;
    options.test_images = 10000;
  }

  std::string list;
  for (const std::string& code : options.codes) {
    const std::string name =
        cells > 0 ? absl::StrCat(Cell::FromCode(code)->Index()) : code;
    for (const RecordFile& file : SyntheticRecordsOf(options, code, name)) {
      const std::string path = absl::StrCat(directory, "/", file.path);
      ROBBENCH_ASSIGN_OR_RETURN(OutputFiles record, OutputFiles::Open({path}));
      record.Add(path, file.bytes);
      ROBBENCH_RETURN_IF_ERROR(record.CommitWithoutSync());
      absl::StrAppend(&list, path, "\n");
    }
  }
  outputs.Add(list_path, list);
  outputs.Add(dataset_path, dataset.text.empty() ? SyntheticDatasetSpec(options)
                                                 : dataset.text);
  outputs.Add(statistics_path, SyntheticStatisticsSpec());
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv,
                              "write_synthetic_records --out_dir=DIRECTORY",
                              robbench::WriteRecords);
}
