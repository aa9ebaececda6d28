// //training:evaluate_corruptions: trained weights on CIFAR-10-C.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"
#include "nas/base/path_list.h"
#include "nas/base/program.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nas/base/unit_warning.h"
#include "nas/cell.h"
#include "nas/network/device.h"
#include "nas/network/device_flags.h"
#include "training/dataset/dataset.h"
#include "training/evaluation/evaluate.h"
#include "training/evaluation/evaluate_corruptions.h"
#include "training/evaluation/evaluation_checks.h"
#include "training/failed_run.h"
#include "training/records.pb.h"

ABSL_FLAG(std::string, dataset, "",
          "CIFAR-10 as a data set, for its normaliser; safetensors (required)");
ABSL_FLAG(std::string, cell, "",
          "official index, six-digit code or architecture string (required)");
ABSL_FLAG(std::string, weights, "", "weights, safetensors (required)");
ABSL_FLAG(std::string, labels, "", "CIFAR-10-C's labels.npy (required)");
ABSL_FLAG(robbench::PathList<struct CorruptionsFlag>, corruptions, {},
          "one of CIFAR-10-C's CORRUPTION.npy, once for each (required)");
ABSL_FLAG(uint32_t, seed, 0,
          "seed of the weights, where their file does not state it");
ABSL_FLAG(
    bool, failure_as_record, false,
    "of weights of a failed training, write a record that says so instead "
    "of an error");
ABSL_FLAG(std::string, record_out, "", "EvaluationRecord to write (required)");

namespace robbench {
namespace {

absl::Status Run(const std::vector<std::string>& arguments) {
  const std::string dataset_path = absl::GetFlag(FLAGS_dataset);
  const std::string weights_path = absl::GetFlag(FLAGS_weights);
  const std::string labels_path = absl::GetFlag(FLAGS_labels);
  std::vector<std::string> corruptions = absl::GetFlag(FLAGS_corruptions).paths;
  const std::string out = absl::GetFlag(FLAGS_record_out);
  if (!arguments.empty()) {
    return UsageError("unexpected argument \"" + arguments[0] + "\"");
  }
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset", dataset_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("cell", absl::GetFlag(FLAGS_cell)));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("weights", weights_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("labels", labels_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag(
      "corruptions", corruptions.empty() ? "" : corruptions.front()));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("record_out", out));
  std::vector<std::string> inputs = corruptions;
  inputs.insert(inputs.end(), {dataset_path, weights_path, labels_path});
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                            OutputFiles::Open({out}, inputs));
  ROBBENCH_ASSIGN_OR_RETURN(const Cell cell,
                            ParseCell(absl::GetFlag(FLAGS_cell)));
  ROBBENCH_ASSIGN_OR_RETURN(const NumericDevice device, EnterDeviceOfFlags());

  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile dataset_file,
                            SafetensorsFile::Read(dataset_path));
  ROBBENCH_ASSIGN_OR_RETURN(Dataset dataset, ParseDataset(dataset_file));
  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile weights,
                            SafetensorsFile::Read(weights_path));
  ROBBENCH_ASSIGN_OR_RETURN(const uint32_t seed,
                            SeedOfWeights(weights, absl::GetFlag(FLAGS_seed)));
  ROBBENCH_ASSIGN_OR_RETURN(const std::string labels, ReadFile(labels_path));

  Provenance provenance =
      MakeProvenance("training:evaluate_corruptions", device.profile.name,
                     {{"dataset", dataset_file.bytes()},
                      {"labels", labels},
                      {"weights", weights.bytes()}});
  const std::string name = dataset.name;
  CorruptionEvaluation evaluation(cell, std::move(dataset), weights, seed,
                                  device.name);
  const bool failed = IsFailedRun(weights);
  // The corruptions are evaluated in the order of their names, and one file is
  // in memory at a time.
  std::sort(corruptions.begin(), corruptions.end(),
            [](const std::string& a, const std::string& b) {
              return CorruptionName(a) < CorruptionName(b);
            });
  for (const std::string& path : corruptions) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::string images, ReadFile(path));
    if (!failed) {
      ROBBENCH_RETURN_IF_ERROR(
          evaluation.Add(path, images, labels_path, labels));
    }
    InputDigest* input = provenance.add_inputs();
    input->set_role(absl::StrCat("corruption ", CorruptionName(path)));
    input->set_sha256(Sha256(images));
  }
  std::sort(provenance.mutable_inputs()->begin(),
            provenance.mutable_inputs()->end(),
            [](const InputDigest& a, const InputDigest& b) {
              return a.role() < b.role();
            });
  ROBBENCH_ASSIGN_OR_RETURN(
      EvaluationRecord record,
      failed ? EvaluateFailedRun(weights, cell, name, kCorruptionsSuite, seed,
                                 absl::GetFlag(FLAGS_failure_as_record))
             : evaluation.Finish());
  *record.mutable_provenance() = provenance;
  outputs.Add(out, SerializeRecord(record));
  ROBBENCH_RETURN_IF_ERROR(outputs.Commit());
  PrintWarnings(out, UnreliableWarnings(record));
  return absl::OkStatus();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(
      argc, argv,
      "Counts what trained weights classify correctly under corruptions.\n"
      "Example: evaluate_corruptions --dataset=cifar10.dataset.safetensors "
      "--cell=2581 --weights=w.weights.safetensors "
      "--labels=CIFAR-10-C/labels.npy "
      "--corruptions=CIFAR-10-C/fog.npy --corruptions=CIFAR-10-C/snow.npy "
      "--record_out=w.corruptions.eval.binpb",
      robbench::Run);
}
