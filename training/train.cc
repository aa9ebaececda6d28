#include "training/train.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <iostream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nas/base/digest.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nas/cell_identity.h"
#include "nas/cost.h"
#include "nas/network/make_backend.h"
#include "nas/network/weights.h"
#include "nas/network_plan.h"
#include "training/checkpoint.h"
#include "training/failed_run.h"
#include "training/progress.h"
#include "training/trainer.h"

namespace robbench {
namespace {

// How far a graph may be from the plain step where the device runs TF32 and
// other fast kernels, which may differ from call to call. It is about what
// rounding to TF32 does to the gradients of a network.
constexpr double kFastTolerance = 0.05;

TrainerOptions OptionsFor(const NumericDevice& device, BackendChoice backend) {
  return {
      .device = at::Device(device.name),
      .backend = MakeBackend(backend),
      .graph_tolerance = device.profile.fast_kernels ? kFastTolerance : 0.0};
}

}  // namespace

absl::StatusOr<TrainingOutputs> Train(const Cell& cell, const Dataset& dataset,
                                      const std::string& recipe_path,
                                      const Recipe& recipe, uint32_t seed,
                                      const NumericDevice& device,
                                      BackendChoice backend,
                                      CheckpointDirectory& checkpoints) {
  ROBBENCH_RETURN_IF_ERROR(CheckRecipe(recipe_path, recipe));
  absl::StatusOr<NetworkPlan> plan =
      MakeNetworkPlan(cell, SkeletonFor(recipe.skeleton(), dataset));
  if (!plan.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(recipe_path, ": ", plan.status().message()));
  }

  TrainingOutputs outputs;
  TrainRecord& record = outputs.record;
  record.set_dataset(dataset.name);
  *record.mutable_cell() = MakeCellIdentity(cell);
  record.set_seed(seed);
  *record.mutable_recipe() = recipe;
  record.set_train_images(static_cast<uint32_t>(dataset.train.count()));
  const Cost cost = CountCost(*plan);
  record.set_multiply_adds(cost.multiply_adds);
  record.set_parameters(cost.parameters);

  const std::string name =
      absl::StrCat("cell ", cell.Index(), " ", cell.Code(), " seed ", seed);
  const int64_t images = dataset.train.count();
  Trainer trainer(*plan, dataset, recipe, seed, OptionsFor(device, backend));
  if (const auto newest = checkpoints.Newest(); newest.has_value()) {
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
    if (absl::IsFailedPrecondition(progress.status())) {
      record.set_failed(std::string(progress.status().message()));
      outputs.weights = FailedWeights(cell, dataset.name, seed,
                                      recipe.skeleton(), record.failed());
      record.set_weights_sha256(Sha256(outputs.weights));
      return outputs;
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
    if (checkpoints.Due()) {
      checkpoints.Write(trainer.position().step,
                        SerializeCheckpoint(trainer, record));
    }
  }
  outputs.weights = SerializeWeights(
      *plan, trainer.state(),
      {{"dataset", dataset.name}, {"seed", absl::StrCat(seed)}});
  record.set_weights_sha256(Sha256(outputs.weights));
  return outputs;
}

}  // namespace robbench
