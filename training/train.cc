#include "training/train.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nas/base/digest.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "nas/base/unit_warning.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/cost.h"
#include "nas/network/make_backend.h"
#include "nas/network/weights.h"
#include "nas/network_plan.h"
#include "training/checkpoint/checkpoint.h"
#include "training/dataset/dataset.h"
#include "training/failed_run.h"
#include "training/progress.h"
#include "training/recipe.pb.h"
#include "training/trainer.h"

namespace robbench {
namespace {

TrainerOptions OptionsFor(const NumericRun& run) {
  return {.device = at::Device(run.device.name),
          .backend = MakeBackend(run.backend),
          .graph_tolerance = GraphTolerance(run.device.profile)};
}

// A job's inputs, read and checked.
struct Inputs {
  Cell cell;
  TextProtoFile<Recipe> recipe;
  SafetensorsFile dataset_file;
  Dataset dataset;
  NetworkPlan plan;
};

absl::StatusOr<Inputs> ReadInputs(const TrainJob& job) {
  ROBBENCH_ASSIGN_OR_RETURN(const Cell cell, ParseCell(job.cell));
  ROBBENCH_ASSIGN_OR_RETURN(TextProtoFile<Recipe> recipe,
                            ReadTextProto<Recipe>(job.recipe));
  const TrainingAttack& attack = recipe.message.attack();
  std::vector<std::string> warnings;
  AddUnitWarnings("attack", attack.epsilon(), attack.step_size(),
                  attack.steps(), warnings);
  PrintWarnings(job.recipe, warnings);
  ROBBENCH_ASSIGN_OR_RETURN(SafetensorsFile dataset_file,
                            SafetensorsFile::Read(job.dataset));
  ROBBENCH_ASSIGN_OR_RETURN(Dataset dataset, ParseDataset(dataset_file));
  ROBBENCH_RETURN_IF_ERROR(CheckRecipe(job.recipe, recipe.message));
  absl::StatusOr<NetworkPlan> plan =
      MakeNetworkPlan(cell, SkeletonFor(recipe.message.skeleton(), dataset));
  if (!plan.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(job.recipe, ": ", plan.status().message()));
  }
  return Inputs{cell, std::move(recipe), std::move(dataset_file),
                std::move(dataset), *std::move(plan)};
}

TrainRecord MakeRecord(const TrainJob& job, const std::string& profile,
                       const Inputs& inputs) {
  TrainRecord record;
  *record.mutable_provenance() =
      MakeProvenance("training:train", profile,
                     {{"dataset", inputs.dataset_file.bytes()},
                      {"recipe", inputs.recipe.bytes}});
  record.set_dataset(inputs.dataset.name);
  *record.mutable_cell() = MakeCellIdentity(inputs.cell);
  record.set_seed(job.seed);
  *record.mutable_recipe() = inputs.recipe.message;
  record.set_train_images(static_cast<uint32_t>(inputs.dataset.train.count()));
  const Cost cost = CountCost(inputs.plan);
  record.set_multiply_adds(cost.multiply_adds);
  record.set_parameters(cost.parameters);
  return record;
}

}  // namespace

absl::StatusOr<TrainResult> Train(const TrainJob& job, const NumericRun& run) {
  ROBBENCH_ASSIGN_OR_RETURN(const Inputs inputs, ReadInputs(job));
  const Dataset& dataset = inputs.dataset;
  const Recipe& recipe = inputs.recipe.message;
  const std::string seed = absl::StrCat(job.seed);
  ROBBENCH_ASSIGN_OR_RETURN(
      CheckpointDirectory checkpoints,
      CheckpointDirectory::Open(
          job.scratch,
          {inputs.dataset_file.bytes(), inputs.recipe.bytes, inputs.cell.Code(),
           seed, run.Profile()},
          job.checkpoint_seconds));
  TrainResult result{.record = MakeRecord(job, run.Profile(), inputs),
                     .checkpoints = std::move(checkpoints)};
  TrainRecord& record = result.record;
  const std::string name = absl::StrCat("cell ", inputs.cell.Index(), " ",
                                        inputs.cell.Code(), " seed ", seed);
  const int64_t images = dataset.train.count();
  Trainer trainer(inputs.plan, dataset, recipe, job.seed, OptionsFor(run));
  if (const auto newest = result.checkpoints.Newest(); newest.has_value()) {
    ROBBENCH_ASSIGN_OR_RETURN(
        const SafetensorsFile file,
        SafetensorsFile::Parse(newest->path, newest->bytes));
    ROBBENCH_RETURN_IF_ERROR(ResumeFrom(file, trainer, record));
    std::cerr << absl::StrCat(name, ": going on after step ",
                              trainer.position().step, " from ", newest->path,
                              "\n");
  }
  const auto seen = [&] {
    const int64_t epochs = trainer.position().step / trainer.steps_per_epoch();
    const int64_t steps = trainer.position().step % trainer.steps_per_epoch();
    return epochs * images +
           std::min<int64_t>(steps * recipe.batch_size(), images);
  };
  ProgressPrinter printer(name, images * recipe.epochs(), seen());
  while (!trainer.Done()) {
    const absl::StatusOr<TrainingProgress> progress = trainer.NextStep();
    if (absl::IsFailedPrecondition(progress.status()) &&
        job.failure_as_record) {
      record.set_failed(std::string(progress.status().message()));
      result.weights = FailedWeights(inputs.cell, dataset.name, job.seed,
                                     recipe.skeleton(), record.failed());
      record.set_weights_sha256(Sha256(result.weights));
      std::cerr << name << ": " << record.failed()
                << "; written as the run's result\n";
      return result;
    }
    if (!progress.ok()) {
      return absl::Status(
          progress.status().code(),
          absl::StrCat(name, ": ", progress.status().message()));
    }
    if (const auto& epoch = progress->finished; epoch.has_value()) {
      *record.add_epochs() = *epoch;
      printer.Report(seen(),
                     absl::StrFormat("epoch %d/%d done, loss %.3f, robust "
                                     "train accuracy %.3f,",
                                     progress->epoch, recipe.epochs(),
                                     epoch->loss(), epoch->accuracy()),
                     /*force=*/true);
    } else {
      printer.Report(
          seen(),
          absl::StrFormat("epoch %d/%d step %d/%d loss %.3f", progress->epoch,
                          recipe.epochs(), progress->step,
                          progress->steps_per_epoch, progress->loss));
    }
    if (result.checkpoints.Due()) {
      result.checkpoints.Write(trainer.position().step,
                               SerializeCheckpoint(trainer, record));
    }
  }
  result.weights =
      SerializeWeights(inputs.plan, trainer.state(),
                       {{"dataset", dataset.name}, {"seed", seed}});
  record.set_weights_sha256(Sha256(result.weights));
  return result;
}

}  // namespace robbench
