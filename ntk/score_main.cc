// //ntk:score: NTK scores of one cell, and the kernels on request.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/unit_warning.h"
#include "nas/base/worker/persistent_worker.h"
#include "nas/network/numeric_run.h"
#include "ntk/score_cell.h"

ABSL_FLAG(std::string, dataset, "",
          "data set, safetensors of //training:preprocess (required)");
ABSL_FLAG(std::string, cell, "",
          "official index, six-digit code or architecture (required)");
ABSL_FLAG(uint32_t, seed, 0, "of the initial weights and the attack");
ABSL_FLAG(std::string, spec, "", "textproto NtkSpec (required)");
ABSL_FLAG(std::optional<int64_t>, images, std::nullopt,
          "N test images, instead of the spec's number");
ABSL_FLAG(std::string, weights, "",
          "weights, safetensors; otherwise initial weights from the seed");
ABSL_FLAG(std::string, record_out, "", "the record to write (required)");
ABSL_FLAG(bool, failure_as_record, false,
          "where a gradient is not finite, write a record that says so instead "
          "of an error");
ABSL_FLAG(
    std::string, kernels_out, "",
    "the kernels to write, safetensors, float64: clean, cross, robust, ...");

namespace robbench {
namespace {

absl::Status Run(const std::vector<std::string>& arguments) {
  ScoreJob job{.dataset = absl::GetFlag(FLAGS_dataset),
               .cell = absl::GetFlag(FLAGS_cell),
               .seed = absl::GetFlag(FLAGS_seed),
               .spec = absl::GetFlag(FLAGS_spec),
               .images = absl::GetFlag(FLAGS_images),
               .weights = absl::GetFlag(FLAGS_weights),
               .failure_as_record = absl::GetFlag(FLAGS_failure_as_record)};
  const std::string record_out = absl::GetFlag(FLAGS_record_out);
  const std::string kernels_out = absl::GetFlag(FLAGS_kernels_out);
  if (!arguments.empty()) {
    return UsageError("unexpected argument \"" + arguments[0] + "\"");
  }
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset", job.dataset));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("cell", job.cell));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("spec", job.spec));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("record_out", record_out));
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({record_out, kernels_out},
                        {job.dataset, job.spec, job.weights}));
  ROBBENCH_ASSIGN_OR_RETURN(const NumericRun run, EnterNumericRun());
  ROBBENCH_ASSIGN_OR_RETURN(ScoreResult result, ScoreCell(job, run));
  PrintWarnings(job.spec, result.warnings);
  outputs.Add(record_out, SerializeRecord(result.record));
  outputs.Add(kernels_out, std::move(result.kernels));
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgramOrWorker(
      argc, argv,
      "Scores a cell by its neural tangent kernels.\n"
      "Example: score --dataset=d.dataset.safetensors --cell=2581 --seed=0 "
      "--spec=ntk.textproto --record_out=2581.ntk.binpb",
      robbench::Run);
}
