#include "training/evaluation/evaluate_job.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/field_error.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/base/unit_warning.h"
#include "nas/cell.h"
#include "training/attack_suite.pb.h"
#include "training/dataset/dataset.h"
#include "training/evaluation/attack_suite.h"
#include "training/evaluation/evaluate.h"
#include "training/evaluation/image_results.h"
#include "training/failed_run.h"

namespace robbench {
namespace {

// The seed of the run. A job's that contradicts the file is refused.
absl::StatusOr<uint32_t> RunSeed(const EvaluateJob& job,
                                 const SafetensorsFile& weights) {
  ROBBENCH_ASSIGN_OR_RETURN(const uint32_t seed,
                            SeedOfWeights(weights, job.seed.value_or(0)));
  if (job.seed.value_or(seed) == seed) return seed;
  return FieldError(weights.path(), "metadata.seed",
                    absl::StrCat(*job.seed, " as --seed says"), seed);
}

}  // namespace

absl::StatusOr<EvaluateResult> EvaluateWeights(const EvaluateJob& job,
                                               const NumericRun& run) {
  ROBBENCH_ASSIGN_OR_RETURN(const Cell cell, ParseCell(job.cell));
  ROBBENCH_ASSIGN_OR_RETURN(const TextProtoFile<AttackSuite> suite,
                            ReadTextProto<AttackSuite>(job.attacks));
  PrintWarnings(job.attacks, UnitWarnings(suite.message));
  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile dataset_file,
                            SafetensorsFile::Read(job.dataset));
  ROBBENCH_ASSIGN_OR_RETURN(const Dataset dataset, ParseDataset(dataset_file));
  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile weights,
                            SafetensorsFile::Read(job.weights));
  ROBBENCH_ASSIGN_OR_RETURN(const uint32_t seed, RunSeed(job, weights));
  const bool failed = IsFailedRun(weights);
  if (job.predictions && failed) {
    return absl::InvalidArgumentError(
        absl::StrCat(job.weights,
                     ": --predictions_out: expected trained weights, found "
                     "those of a failed training"));
  }
  EvaluateResult result;
  ImageResults image_results;
  ROBBENCH_ASSIGN_OR_RETURN(
      result.record,
      failed
          ? EvaluateFailedRun(weights, cell, dataset.name, suite.message.name(),
                              seed, job.failure_as_record)
          : Evaluate({.cell = cell,
                      .dataset = dataset,
                      .weights = weights,
                      .suite_path = job.attacks,
                      .suite = suite.message,
                      .seed = seed,
                      .images = job.images,
                      .device = run.device.name,
                      .backend = run.backend},
                     job.predictions ? &image_results : nullptr));
  *result.record.mutable_provenance() =
      MakeProvenance("training:evaluate", run.Profile(),
                     {{"dataset", dataset_file.bytes()},
                      {"weights", weights.bytes()},
                      {"attacks", suite.bytes}});
  if (job.predictions) {
    result.predictions = SerializeImageResults(image_results, result.record);
  }
  return result;
}

}  // namespace robbench
