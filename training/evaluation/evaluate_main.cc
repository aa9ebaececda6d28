// //training:evaluate: trained weights under an attack suite.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "nas/base/file.h"
#include "nas/base/persistent_worker.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/base/unit_warning.h"
#include "nas/cell.h"
#include "nas/cpu/image_threads.h"
#include "nas/network/backend_choice.h"
#include "nas/network/device.h"
#include "training/attack_suite.pb.h"
#include "training/dataset/dataset.h"
#include "training/evaluation/attack_suite.h"
#include "training/evaluation/evaluate.h"
#include "training/evaluation/evaluation_checks.h"
#include "training/evaluation/image_results.h"
#include "training/failed_run.h"
#include "training/records.pb.h"

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
ABSL_FLAG(
    std::string, numeric_profile, "",
    "portable (default) or native on the CPU, cuda (default) or cuda_fast "
    "on CUDA");
ABSL_FLAG(std::string, device, "cpu", "cpu, cuda, cuda:N or auto");
ABSL_FLAG(
    std::string, backend, "auto",
    "who computes: auto (the CPU engines where they can run, else "
    "LibTorch), libtorch, or check: auto, its first batches compared with "
    "LibTorch's");
ABSL_FLAG(int, threads, 1,
          "threads on the CPU that share a batch's images; the results do not "
          "depend on it");

namespace robbench {
namespace {

// The seed of the run. A flag that contradicts the file is refused.
absl::StatusOr<uint32_t> RunSeed(const SafetensorsFile& weights) {
  const std::optional<uint32_t> flag = absl::GetFlag(FLAGS_seed);
  ROBBENCH_ASSIGN_OR_RETURN(const uint32_t seed,
                            SeedOfWeights(weights, flag.value_or(0)));
  if (!flag.has_value() || *flag == seed) return seed;
  return absl::InvalidArgumentError(
      absl::StrCat(weights.path(), ": metadata seed: expected ", *flag,
                   " as --seed says, found ", seed));
}

absl::Status Run(const std::vector<std::string>& arguments) {
  const std::string dataset_path = absl::GetFlag(FLAGS_dataset);
  const std::string weights_path = absl::GetFlag(FLAGS_weights);
  const std::string suite_path = absl::GetFlag(FLAGS_attacks);
  const std::string record_out = absl::GetFlag(FLAGS_record_out);
  const std::string predictions_out = absl::GetFlag(FLAGS_predictions_out);
  if (!arguments.empty()) {
    return UsageError("unexpected argument \"" + arguments[0] + "\"");
  }
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset", dataset_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("cell", absl::GetFlag(FLAGS_cell)));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("weights", weights_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("attacks", suite_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("record_out", record_out));
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({record_out, predictions_out},
                        {dataset_path, weights_path, suite_path}));
  ROBBENCH_ASSIGN_OR_RETURN(const Cell cell,
                            ParseCell(absl::GetFlag(FLAGS_cell)));
  ROBBENCH_ASSIGN_OR_RETURN(const TextProtoFile<AttackSuite> suite,
                            ReadTextProto<AttackSuite>(suite_path));
  ROBBENCH_RETURN_IF_ERROR(SetImageThreads(absl::GetFlag(FLAGS_threads)));
  ROBBENCH_ASSIGN_OR_RETURN(const BackendChoice backend,
                            ParseBackendChoice(absl::GetFlag(FLAGS_backend)));
  ROBBENCH_ASSIGN_OR_RETURN(const NumericDevice device,
                            EnterDevice(absl::GetFlag(FLAGS_device),
                                        absl::GetFlag(FLAGS_numeric_profile)));
  // Not before: EnterDevice may start the program anew.
  PrintWarnings(suite_path, UnitWarnings(suite.message));

  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile dataset_file,
                            SafetensorsFile::Read(dataset_path));
  ROBBENCH_ASSIGN_OR_RETURN(const Dataset dataset, ParseDataset(dataset_file));
  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile weights,
                            SafetensorsFile::Read(weights_path));
  ROBBENCH_ASSIGN_OR_RETURN(const uint32_t seed, RunSeed(weights));
  if (!predictions_out.empty() && IsFailedRun(weights)) {
    return absl::InvalidArgumentError(
        absl::StrCat(weights_path,
                     ": --predictions_out: expected trained weights, found "
                     "those of a failed training"));
  }
  ImageResults image_results;
  ROBBENCH_ASSIGN_OR_RETURN(
      EvaluationRecord record,
      IsFailedRun(weights)
          ? EvaluateFailedRun(weights, cell, dataset.name, suite.message.name(),
                              seed, absl::GetFlag(FLAGS_failure_as_record))
          : Evaluate(cell, dataset, weights, suite_path, suite.message, seed,
                     absl::GetFlag(FLAGS_images), device.name,
                     predictions_out.empty() ? nullptr : &image_results,
                     backend));
  *record.mutable_provenance() = MakeProvenance(
      "training:evaluate", ProfileWithBackend(device.profile.name, backend),
      {{"dataset", dataset_file.bytes()},
       {"weights", weights.bytes()},
       {"attacks", suite.bytes}});
  outputs.Add(record_out, SerializeRecord(record));
  if (!predictions_out.empty()) {
    outputs.Add(predictions_out, SerializeImageResults(image_results, record));
  }
  ROBBENCH_RETURN_IF_ERROR(outputs.Commit());
  PrintWarnings(record_out, UnreliableWarnings(record));
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
