// //training:train: adversarial training of one cell with one seed.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "nas/base/file.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/network/numeric_run.h"
#include "training/train.h"

ABSL_FLAG(std::string, dataset, "", "data set, safetensors (required)");
ABSL_FLAG(std::string, cell, "",
          "official index, six-digit code or architecture string (required)");
ABSL_FLAG(uint32_t, seed, 0, "seed of everything random");
ABSL_FLAG(std::string, recipe, "", "textproto Recipe (required)");
ABSL_FLAG(std::string, weights_out, "", "weights to write (required)");
ABSL_FLAG(std::string, record_out, "", "TrainRecord to write (required)");
ABSL_FLAG(std::string, scratch, "",
          "directory of checkpoints that a killed run goes on from, used if "
          "it exists");
ABSL_FLAG(
    bool, failure_as_record, false,
    "where a number is not finite, write a record and a weights file that "
    "say so instead of an error");
ABSL_FLAG(double, checkpoint_seconds, 60, "time between two checkpoints");

namespace robbench {
namespace {

absl::Status Run(const std::vector<std::string>& arguments) {
  const TrainJob job{
      .dataset = absl::GetFlag(FLAGS_dataset),
      .cell = absl::GetFlag(FLAGS_cell),
      .seed = absl::GetFlag(FLAGS_seed),
      .recipe = absl::GetFlag(FLAGS_recipe),
      .scratch = absl::GetFlag(FLAGS_scratch),
      .checkpoint_seconds = absl::GetFlag(FLAGS_checkpoint_seconds),
      .failure_as_record = absl::GetFlag(FLAGS_failure_as_record)};
  const std::string weights_out = absl::GetFlag(FLAGS_weights_out);
  const std::string record_out = absl::GetFlag(FLAGS_record_out);
  if (!arguments.empty()) {
    return UsageError("unexpected argument \"" + arguments[0] + "\"");
  }
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset", job.dataset));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("cell", job.cell));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("recipe", job.recipe));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("weights_out", weights_out));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("record_out", record_out));
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({weights_out, record_out}, {job.dataset, job.recipe}));
  ROBBENCH_ASSIGN_OR_RETURN(const NumericRun run, EnterNumericRun());
  ROBBENCH_ASSIGN_OR_RETURN(TrainResult result, Train(job, run));
  outputs.Add(weights_out, std::move(result.weights));
  outputs.Add(record_out, SerializeRecord(result.record));
  ROBBENCH_RETURN_IF_ERROR(outputs.Commit());
  result.checkpoints.Remove();
  return absl::OkStatus();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(
      argc, argv,
      "Trains a cell adversarially (PGD) by a recipe.\n"
      "Example: train --dataset=d.dataset.safetensors --cell=2581 --seed=0 "
      "--recipe=recipe.textproto --weights_out=w.weights.safetensors "
      "--record_out=w.train.binpb",
      robbench::Run);
}
