// //training:train: adversarial training of one cell with one seed.
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/file.h"
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
#include "nas/network/torch_boundary.h"
#include "training/checkpoint_directory.h"
#include "training/dataset/dataset.h"
#include "training/recipe.pb.h"
#include "training/train.h"

ABSL_FLAG(std::string, dataset, "", "data set, safetensors (required)");
ABSL_FLAG(std::string, cell, "",
          "official index, six-digit code or architecture string (required)");
ABSL_FLAG(uint32_t, seed, 0, "seed of everything random");
ABSL_FLAG(std::string, recipe, "", "textproto Recipe (required)");
ABSL_FLAG(std::string, weights_out, "", "weights to write (required)");
ABSL_FLAG(std::string, record_out, "", "TrainRecord to write (required)");
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
ABSL_FLAG(std::string, scratch, "",
          "directory of checkpoints that a killed run goes on from, used if "
          "it exists");
ABSL_FLAG(
    bool, failure_as_record, false,
    "where a number is not finite, write a record and a weights file that "
    "say so instead of an error");
ABSL_FLAG(double, checkpoint_seconds, 60, "time between two checkpoints");
ABSL_FLAG(int, threads, 1,
          "threads on the CPU that share a batch's images; the results do not "
          "depend on it");

namespace robbench {
namespace {

absl::Status Run(const std::vector<std::string>& arguments) {
  const std::string dataset_path = absl::GetFlag(FLAGS_dataset);
  const std::string recipe_path = absl::GetFlag(FLAGS_recipe);
  const std::string weights_out = absl::GetFlag(FLAGS_weights_out);
  const std::string record_out = absl::GetFlag(FLAGS_record_out);
  if (!arguments.empty()) {
    return UsageError("unexpected argument \"" + arguments[0] + "\"");
  }
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("dataset", dataset_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("cell", absl::GetFlag(FLAGS_cell)));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("recipe", recipe_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("weights_out", weights_out));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("record_out", record_out));
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles files,
                            OutputFiles::Open({weights_out, record_out},
                                              {dataset_path, recipe_path}));
  ROBBENCH_ASSIGN_OR_RETURN(const Cell cell,
                            ParseCell(absl::GetFlag(FLAGS_cell)));
  ROBBENCH_ASSIGN_OR_RETURN(const TextProtoFile<Recipe> recipe,
                            ReadTextProto<Recipe>(recipe_path));
  ROBBENCH_RETURN_IF_ERROR(SetImageThreads(absl::GetFlag(FLAGS_threads)));
  ROBBENCH_ASSIGN_OR_RETURN(const BackendChoice backend,
                            ParseBackendChoice(absl::GetFlag(FLAGS_backend)));
  ROBBENCH_ASSIGN_OR_RETURN(const NumericDevice device,
                            EnterDevice(absl::GetFlag(FLAGS_device),
                                        absl::GetFlag(FLAGS_numeric_profile)));
  // Not before: EnterDevice may start the program anew.
  const TrainingAttack& attack = recipe.message.attack();
  std::vector<std::string> warnings;
  AddUnitWarnings("attack", attack.epsilon(), attack.step_size(),
                  attack.steps(), warnings);
  PrintWarnings(recipe_path, warnings);

  ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile dataset_file,
                            SafetensorsFile::Read(dataset_path));
  ROBBENCH_ASSIGN_OR_RETURN(const Dataset dataset, ParseDataset(dataset_file));
  const std::string seed = absl::StrCat(absl::GetFlag(FLAGS_seed));
  const std::string code = cell.Code();
  const std::string profile = ProfileWithBackend(device.profile.name, backend);
  ROBBENCH_ASSIGN_OR_RETURN(
      CheckpointDirectory checkpoints,
      CheckpointDirectory::Open(absl::GetFlag(FLAGS_scratch),
                                {dataset_file.bytes(), recipe.bytes, code, seed,
                                 profile, TorchVersion()},
                                absl::GetFlag(FLAGS_checkpoint_seconds)));
  ROBBENCH_ASSIGN_OR_RETURN(
      TrainingOutputs outputs,
      Train(cell, dataset, recipe_path, recipe.message,
            absl::GetFlag(FLAGS_seed), device, backend, checkpoints));
  if (outputs.record.has_failed()) {
    const std::string message =
        absl::StrCat("cell ", cell.Index(), " ", code, " seed ", seed, ": ",
                     outputs.record.failed());
    if (!absl::GetFlag(FLAGS_failure_as_record)) {
      return absl::FailedPreconditionError(message);
    }
    std::cerr << message << "; written as the run's result\n";
  }
  *outputs.record.mutable_provenance() = MakeProvenance(
      "training:train", profile,
      {{"dataset", dataset_file.bytes()}, {"recipe", recipe.bytes}});
  files.Add(weights_out, std::move(outputs.weights));
  files.Add(record_out, SerializeRecord(outputs.record));
  ROBBENCH_RETURN_IF_ERROR(files.Commit());
  checkpoints.Remove();
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
