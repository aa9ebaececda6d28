// //training:evaluate: trained weights under an attack suite.
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
#include "training/evaluation/evaluate_job.h"
#include "training/evaluation/evaluation_checks.h"

ABSL_FLAG(std::string, dataset, "", "data set, safetensors (required)");
ABSL_FLAG(std::string, cell, "",
          "official index, six-digit code or architecture string (required)");
ABSL_FLAG(std::string, weights, "", "weights, safetensors (required)");
ABSL_FLAG(std::string, attacks, "", "textproto AttackSuite (required)");
ABSL_FLAG(std::optional<uint32_t>, seed, std::nullopt,
          "seed of the weights and of the attacks' starts; default: the one "
          "that the weights file states, else 0");
ABSL_FLAG(std::string, record_out, "", "EvaluationRecord to write (required)");
ABSL_FLAG(std::string, predictions_out, "",
          "logits, predictions and survivors image by image, safetensors "
          "(training/evaluation/image_results.h)");
ABSL_FLAG(
    bool, failure_as_record, false,
    "of weights of a failed training, write a record that says so instead "
    "of an error");
ABSL_FLAG(int64_t, images, 0, "the first N test images; 0: all");

namespace robbench {
namespace {

absl::Status Run(const std::vector<std::string>& arguments) {
  const std::string record_out = absl::GetFlag(FLAGS_record_out);
  const std::string predictions_out = absl::GetFlag(FLAGS_predictions_out);
  const EvaluateJob job{
      .dataset = absl::GetFlag(FLAGS_dataset),
      .cell = absl::GetFlag(FLAGS_cell),
      .weights = absl::GetFlag(FLAGS_weights),
      .attacks = absl::GetFlag(FLAGS_attacks),
      .seed = absl::GetFlag(FLAGS_seed),
      .images = absl::GetFlag(FLAGS_images),
      .predictions = !predictions_out.empty(),
      .failure_as_record = absl::GetFlag(FLAGS_failure_as_record)};
  if (!arguments.empty()) {
    return UsageError("unexpected argument \"" + arguments[0] + "\"");
  }
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset", job.dataset));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("cell", job.cell));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("weights", job.weights));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("attacks", job.attacks));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("record_out", record_out));
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({record_out, predictions_out},
                        {job.dataset, job.weights, job.attacks}));
  ROBBENCH_ASSIGN_OR_RETURN(const NumericRun run, EnterNumericRun());
  ROBBENCH_ASSIGN_OR_RETURN(EvaluateResult result, EvaluateWeights(job, run));
  outputs.Add(record_out, SerializeRecord(result.record));
  outputs.Add(predictions_out, std::move(result.predictions));
  ROBBENCH_RETURN_IF_ERROR(outputs.Commit());
  PrintWarnings(record_out, UnreliableWarnings(result.record));
  return absl::OkStatus();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgramOrWorker(
      argc, argv,
      "Attacks trained weights and counts what survives.\n"
      "Example: evaluate --dataset=d.dataset.safetensors --cell=2581 "
      "--weights=w.weights.safetensors --attacks=suite.textproto "
      "--record_out=w.eval.binpb",
      robbench::Run);
}
